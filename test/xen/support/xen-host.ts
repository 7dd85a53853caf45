import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { Qmp } from '../../support/qmp.ts';
import { projectRoot } from '../../support/test-images.ts';
import { Dom0Session } from './dom0-session.ts';
import { agentPort, type SharedDirectory, xenCommand } from './xen-command.ts';

/** Thirty seconds on a machine with nothing else to do. */
const bootDeadlineMs = 180_000;
const runDeadlineMs = 60_000;
const defaultLifetimeMs = 600_000;
const readyLine = 'bench: ready';

export interface XenHostOptions {
  /** Directories that the control domain sees at the same path, beside the project's build/, which it can only read. */
  shares?: readonly string[];
  /** When the machine is ended at the latest, whoever uses it; ten minutes without it. */
  lifetimeMs?: number;
}

export interface Dom0Result {
  code: number;
  /** stdout and then stderr. */
  output: string;
}

/** QEMU's `info usernet` has a line with the two ports for each that is forwarded. */
async function forwardedPort(qmp: Qmp): Promise<number> {
  const table = String(await qmp.execute('human-monitor-command', { 'command-line': 'info usernet' }));
  const port = table.match(
    new RegExp(`HOST_FORWARD\\]\\s+\\d+\\s+127\\.0\\.0\\.1\\s+(\\d+)\\s+\\S+\\s+${agentPort}`),
  )?.[1];
  if (port === undefined) throw new Error(`Cannot find the forwarded port in\n${table}`);
  return Number(port);
}

/** A machine, emulated, on which Xen runs with a control domain that is ready for guests. */
export class XenHost {
  /** Programs of the control domain, as programs of this machine: see `program`. */
  readonly programs: { xl: string };
  /** Logs of Xen and the control domain (xen.log), of xl, and of each guest's console (console/guest-NAME.log). */
  readonly logsDir: string;
  readonly #qemu: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #port: number;
  readonly #programsDir = mkdtempSync(join(tmpdir(), 'firstborn-xen-'));
  #logsWanted = false;

  constructor(qemu: ChildProcess, ended: Promise<void>, port: number, logsDir: string) {
    this.#qemu = qemu;
    this.#ended = ended;
    this.#port = port;
    this.logsDir = logsDir;
    this.programs = { xl: this.program('xl', 'xl') };
  }

  /**
   * Makes a small program of this machine, of the name `name`, that is the control domain's `program`: stdin, stdout,
   * stderr, SIGINT, SIGTERM, SIGHUP and the exit code are passed on, and whoever kills the one kills the other. Gives its
   * path.
   */
  program(name: string, program: string): string {
    const path = join(this.#programsDir, name);
    const words = [
      process.execPath,
      join(import.meta.dirname, 'dom0-program.ts'),
      String(this.#port),
      program,
    ];
    const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    writeFileSync(path, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
    return path;
  }

  /** Starts a program in the control domain. Whoever starts it reads its output and waits for its end, or closes it. */
  start(words: readonly string[]): Dom0Session {
    return new Dom0Session(this.#port, words);
  }

  /** Runs a program in the control domain, without input, to its end. */
  async run(
    words: readonly string[],
    { timeoutMs = runDeadlineMs }: { timeoutMs?: number } = {},
  ): Promise<Dom0Result> {
    const session = this.start(words);
    session.stdin.end();
    const timer = setTimeout(() => session.close(), timeoutMs);
    try {
      const [stdout, stderr, code] = await Promise.all([
        text(session.stdout),
        text(session.stderr),
        session.exited,
      ]);
      return { code, output: stdout + stderr };
    } finally {
      clearTimeout(timer);
    }
  }

  /** What a guest's console has shown, kernel and init. */
  guestConsole(name: string): string {
    try {
      return readFileSync(join(this.logsDir, 'console', `guest-${name}.log`), 'utf8');
    } catch {
      return '';
    }
  }

  /** Something has failed: the logs stay where they are. */
  keepLogs(): void {
    this.#logsWanted = true;
  }

  /** Takes the power away, from the control domain and all guests. Repeatable. */
  async close(): Promise<void> {
    this.#qemu.kill('SIGKILL');
    await this.#ended;
    rmSync(this.#programsDir, { recursive: true, force: true });
    if (!this.#logsWanted) rmSync(this.logsDir, { recursive: true, force: true });
  }
}

function makeLogsDirectory(): string {
  const parent = join(projectRoot, 'build/test-logs');
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, 'xen-'));
}

/** Resolves once the control domain says that it is ready. Everything that Xen and it say goes to `logPath`. */
function watchSerialPort(qemu: ChildProcess, logPath: string): Promise<void> {
  const log = createWriteStream(logPath);
  qemu.stdout!.pipe(log);
  qemu.stderr!.pipe(log, { end: false });
  return new Promise((resolve) => {
    createInterface({ input: qemu.stdout! }).on('line', (line) => {
      if (line.includes(readyLine)) resolve();
    });
  });
}

/** Boots Xen and its control domain, and waits until guests can be created. Its logs stay when that fails. */
export async function startXenHost(options: XenHostOptions = {}): Promise<XenHost> {
  const logsDir = makeLogsDirectory();
  const qmpSocketPath = join(logsDir, 'qmp.sock');
  const shares: SharedDirectory[] = [
    { path: join(projectRoot, 'build'), readonly: true },
    ...[logsDir, ...(options.shares ?? [])].map((path) => ({ path, readonly: false })),
  ];
  const args = xenCommand({ shares, logsDir, qmpSocketPath });
  const qemu = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => void qemu.kill('SIGKILL');
  process.once('exit', kill);
  const lifetime = setTimeout(kill, options.lifetimeMs ?? defaultLifetimeMs);
  const ended = new Promise<void>((resolve) => {
    qemu.once('error', () => resolve());
    qemu.once('close', () => {
      clearTimeout(lifetime);
      process.removeListener('exit', kill);
      resolve();
    });
  });
  const tooLate = AbortSignal.timeout(bootDeadlineMs);
  try {
    const failed = new Promise<never>((_, reject) => {
      void ended.then(() => reject(new Error('Cannot boot Xen: QEMU has ended')));
      tooLate.addEventListener('abort', () =>
        reject(new Error(`Cannot boot Xen within ${bootDeadlineMs} ms`)),
      );
    });
    await Promise.race([watchSerialPort(qemu, join(logsDir, 'xen.log')), failed]);
    const qmp = await Qmp.connect(qmpSocketPath, bootDeadlineMs);
    const port = await forwardedPort(qmp);
    qmp.close();
    return new XenHost(qemu, ended, port, logsDir);
  } catch (error) {
    kill();
    await ended;
    throw new Error(`Cannot start the bench; its logs are in "${logsDir}"`, { cause: error });
  }
}
