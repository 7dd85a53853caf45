import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import type { FakeInstallation } from '../client/fake-installation.ts';

const main = join(import.meta.dirname, '../../../../host/cli/main.ts');

export interface CliResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface CliProcess {
  child: ChildProcess;
  finished: Promise<CliResult>;
  /** Resolves once stdout has held `wanted`; rejects when it ends without. */
  printed: (wanted: string) => Promise<void>;
}

/** Starts the command line in an installation. It is killed when the test has ended. */
export function startCli(
  context: TestContext,
  { environment }: FakeInstallation,
  words: string[],
  stdin: 'pipe' | 'ignore' = 'ignore',
): CliProcess {
  const child = spawn(process.execPath, [main, ...words], {
    env: environment,
    stdio: [stdin, 'pipe', 'pipe'],
  });
  context.after(() => child.kill('SIGKILL'));
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('expected pipes');
  let seen = '';
  const watchers = new Set<() => void>();
  stdout.on('data', (piece: Buffer) => {
    seen += piece.toString('latin1');
    for (const look of watchers) look();
  });
  const closed = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (code, signal) => resolve([code, signal]));
  });
  const finish = async (): Promise<CliResult> => {
    const [errorText, [code, signal]] = await Promise.all([text(stderr), closed]);
    return { code, signal, stdout: seen, stderr: errorText };
  };
  return {
    child,
    finished: finish(),
    printed: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (seen.includes(wanted)) resolve();
        };
        watchers.add(look);
        look();
        void closed.then(() => reject(new Error(`Ended without "${wanted}": "${seen}"`)));
      }),
  };
}

/** Runs the command line to its end. */
export async function runCli(
  context: TestContext,
  installation: FakeInstallation,
  words: string[],
  stdin?: Uint8Array,
): Promise<CliResult> {
  const { child, finished } = startCli(context, installation, words, stdin === undefined ? 'ignore' : 'pipe');
  child.stdin?.on('error', () => {}).end(stdin);
  return await finished;
}
