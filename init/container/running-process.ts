import { closeSync } from 'node:fs';
import type { Native, NativeError, ReapedChild, SpawnResult } from '../../addon/native.ts';
import type { TerminalSize } from '../../protocol/messages.ts';
import { type ProcessEnd, processEnd } from './process-end.ts';
import type { ProcessStdio } from './process-stdio.ts';

const SIGKILL = 9;

export interface RunningProcessParts {
  child: Pick<SpawnResult, 'pid' | 'pidfd'>;
  /** Resolves when the reaper has met it. */
  exit: Promise<ReapedChild>;
  stdio: ProcessStdio;
  /** Processes of the container that were killed for memory so far. */
  oomKills: () => number;
}

/** A process that init has started in a container: its first one, or one of exec. */
export class RunningProcess {
  readonly pid: number;
  /** Valid until `close`. */
  readonly pidfd: number;
  readonly stdio: ProcessStdio;
  /** Resolves when the process has been reaped; its output may still be on its way. */
  readonly ended: Promise<ProcessEnd>;
  readonly #native: Native;
  readonly #oomKillsBefore: number;
  #killedByUs = false;
  #reaped = false;

  /** Takes over the pidfd and the streams. */
  constructor(native: Native, { child, exit, stdio, oomKills }: RunningProcessParts) {
    this.#native = native;
    this.pid = child.pid;
    this.pidfd = child.pidfd;
    this.stdio = stdio;
    this.#oomKillsBefore = oomKills();
    this.ended = exit.then((reaped) => {
      this.#reaped = true;
      return processEnd(reaped, {
        killedByUs: this.#killedByUs,
        oomKills: () => oomKills() - this.#oomKillsBefore,
      });
    });
  }

  /** Once true, its pid and its process group may be somebody else's. */
  get reaped(): boolean {
    return this.#reaped;
  }

  /** Sends a signal to the process. Gives false when it has ended. */
  signal(signal: number): boolean {
    return this.#send(signal, () => this.#native.signalPidfd(this.pidfd, signal));
  }

  /** Sends a signal to its process group: it leads one from its start on. Gives false when it has ended. */
  signalGroup(signal: number): boolean {
    return this.#send(signal, () => process.kill(-this.pid, signal));
  }

  /** Says that the process is about to be killed along with others, for the reason of its end. */
  expectKill(): void {
    this.#killedByUs = true;
  }

  /** See `ProcessStdio.resize`. */
  resize(size: TerminalSize): boolean {
    return this.stdio.resize(size);
  }

  /** Closes the pidfd. The last thing to happen. */
  close(): void {
    closeSync(this.pidfd);
  }

  #send(signal: number, send: () => void): boolean {
    if (this.#reaped) return false;
    try {
      send();
    } catch (error) {
      if ((error as NativeError).code === 'ESRCH') return false;
      throw error;
    }
    if (signal === SIGKILL) this.expectKill();
    return true;
  }
}
