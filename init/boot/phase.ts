import { FirstbornError } from '../../protocol/errors.ts';
import type { TimelineEntry } from '../../protocol/messages.ts';
import type { Log } from '../log/log.ts';
import { sinceKernelStartMs } from './clock.ts';

/** A phase that failed: its name goes into the fault report. */
export class PhaseFailure extends Error {
  override readonly name = 'PhaseFailure';
  readonly phase: string;

  constructor(phase: string, cause: unknown) {
    super(`Cannot finish phase "${phase}"`, { cause });
    this.phase = phase;
  }
}

/** Runs the phases one after the other and keeps their times. */
export class PhaseRunner {
  readonly timeline: TimelineEntry[] = [];
  readonly #log: Log;

  /** `firstLineMs` is when the first line of JavaScript ran. */
  constructor(log: Log, firstLineMs: number) {
    this.#log = log;
    this.timeline.push(
      // The kernel, its unpacking of the initramfs, Node's own start.
      { name: 'kernel and runtime', startMs: 0, endMs: firstLineMs },
      { name: 'load init', startMs: firstLineMs, endMs: sinceKernelStartMs() },
    );
  }

  /** Runs one phase. Whatever it throws becomes a PhaseFailure. */
  async run<Result>(name: string, phase: () => Result | Promise<Result>): Promise<Result> {
    const startMs = sinceKernelStartMs();
    try {
      return await phase();
    } catch (error) {
      throw new PhaseFailure(name, error);
    } finally {
      const endMs = sinceKernelStartMs();
      this.timeline.push({ name, startMs, endMs });
      this.#log.debug({ phase: name, durationMs: Math.round((endMs - startMs) * 10) / 10 }, 'phase ended');
    }
  }
}

/** Makes an error of the guest's own work. */
export function guestError(message: string, cause?: unknown): FirstbornError {
  return new FirstbornError('guest', message, cause === undefined ? {} : { cause });
}
