import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { projectRoot } from './test-images.ts';

const logsDir = join(projectRoot, 'build/test-logs');
/** Emulated boots take seconds; a machine that is busy with something else may take many. */
const runDeadlineMs = 180_000;
let runs = 0;

/** Machines of this file's tests; the user's own, and those of files that run beside, stay out of it. */
export const testStateDir = makeStateDirectory();
export const testEnvironment = { ...process.env, FIRSTBORN_STATE_DIR: testStateDir };

/** What every machine is booted with that names no kernel of its own: Debian's when the variable is not set. */
export const testKernel = process.env['FIRSTBORN_TEST_KERNEL'];

/** A state directory of this process, whose cache is that of all. */
function makeStateDirectory(): string {
  const shared = join(projectRoot, 'build/test-state');
  const own = join(shared, String(process.pid));
  mkdirSync(join(shared, 'cache'), { recursive: true });
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own);
  symlinkSync('../cache', join(own, 'cache'));
  process.once('exit', () => rmSync(own, { recursive: true, force: true }));
  return own;
}

export interface RunResult {
  code: number | null;
  stdout: Buffer;
  stderrBytes: Buffer;
  stderr: string;
  /** What kernel and init printed. */
  console: string;
}

export interface RunningFirstborn {
  child: ChildProcess;
  /** Resolves once stdout has held `text`. */
  printed(text: string): Promise<void>;
  finished: Promise<RunResult>;
}

function waitForText(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = '';
    child.stdout?.on('data', (piece: Buffer) => {
      seen += piece.toString('latin1');
      if (seen.includes(text)) resolve();
    });
    child.once('close', () => reject(new Error(`firstborn ended before it printed "${text}"`)));
  });
}

/** Starts `scripts/firstborn run …` with a console log of its own and a deadline. */
export function startFirstborn(args: string[], stdin?: Uint8Array): RunningFirstborn {
  mkdirSync(logsDir, { recursive: true });
  const consolePath = join(logsDir, `${process.pid}-${(runs += 1)}.log`);
  const kernel = testKernel === undefined || args.includes('--kernel') ? [] : ['--kernel', testKernel];
  const words = ['run', '--console', consolePath, ...kernel, ...args];
  const child = spawn(join(projectRoot, 'scripts/firstborn'), words, {
    env: testEnvironment,
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), runDeadlineMs);
  if (stdin !== undefined) child.stdin?.on('error', () => {}).end(stdin);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const output = Promise.all([buffer(child.stdout!), buffer(child.stderr!)]);
  const finish = async (): Promise<RunResult> => {
    const [[stdout, stderr], code] = await Promise.all([output, closed]);
    clearTimeout(timer);
    const console = readFileSync(consolePath, { encoding: 'utf8', flag: 'a+' });
    rmSync(consolePath);
    return { code, stdout, stderrBytes: stderr, stderr: stderr.toString(), console };
  };
  return { child, printed: (text) => waitForText(child, text), finished: finish() };
}

/** Runs to the end. */
export function runFirstborn(args: string[], stdin?: Uint8Array): Promise<RunResult> {
  return startFirstborn(args, stdin).finished;
}

/** Checks the exit code; a surprise shows everything there is to see, and any kernel panic is one. */
export function expectExit(result: RunResult, code: number): void {
  const explain = (): string =>
    `exit ${result.code}, expected ${code}\nstderr: ${result.stderr.slice(-2000)}\n` +
    `stdout: ${result.stdout.toString('latin1').slice(-2000)}\nconsole: ${result.console.slice(-4000)}`;
  assert.ok(!result.console.includes('Kernel panic'), explain());
  assert.equal(result.code, code, explain());
}

/** Directories of machines that are left. */
export function machinesLeft(): string[] {
  try {
    return readdirSync(join(testStateDir, 'machines'));
  } catch {
    return [];
  }
}
