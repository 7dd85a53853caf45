import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import type { CommandLine } from '../vm/machine-description.ts';
import { isAlive, killProcess, processIdentity } from './liveness.ts';
import type { ProcessIdentity } from './machine-record.ts';

/** How a process ended. Only its parent gets to know code and signal; for others both are `null`. */
export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** How often a process that is not our child is looked at. */
const watchIntervalMs = 100;

/** A program that outlives this process: it has a session of its own and prints into a file. */
export class DetachedProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when the process has ended. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess | undefined;

  private constructor(identity: ProcessIdentity, ended: Promise<ProcessEnd>, child?: ChildProcess) {
    this.identity = identity;
    this.ended = ended;
    this.#child = child;
  }

  /**
   * Starts a program; stdout and stderr are appended to `logPath`. The session of its own keeps a terminal's
   * Ctrl-C away from it. Throws a FirstbornError of code `vm` when it can't be executed.
   */
  static async start({ program, args }: CommandLine, logPath: string): Promise<DetachedProcess> {
    const { O_WRONLY, O_CREAT, O_APPEND } = constants;
    const log = openSync(logPath, O_WRONLY | O_CREAT | O_APPEND, 0o600);
    const child = spawn(program, args, { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    // The child is not reaped before this turn of the event loop is over, so its pid is its own for now.
    const { pid } = child;
    if (pid === undefined) {
      const cause = await new Promise((resolve) => child.once('error', resolve));
      throw new FirstbornError('vm', `Cannot start "${program}"`, { cause });
    }
    const ended = new Promise<ProcessEnd>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    // From here on 'error' can only mean that a signal could not be sent: the process is gone.
    child.on('error', () => {});
    // One that has ended already is a zombie and nobody's identity, but `ended` knows it.
    return new DetachedProcess(processIdentity(pid) ?? { pid, startTicks: '-' }, ended, child);
  }

  /** Watches a process that an earlier process of ours has started. */
  static adopt(identity: ProcessIdentity): DetachedProcess {
    return new DetachedProcess(identity, watch(identity));
  }

  /** Kills the process (SIGKILL), and no other one that has its pid by now. */
  kill(): void {
    if (this.#child === undefined) killProcess(this.identity);
    else this.#child.kill('SIGKILL');
  }
}

async function watch(identity: ProcessIdentity): Promise<ProcessEnd> {
  while (isAlive(identity)) await delay(watchIntervalMs);
  return { code: null, signal: null };
}
