import { describeError } from '../../protocol/errors.ts';
import { defaultStopGraceMs } from '../../protocol/limits.ts';
import { exitCodes } from '../../protocol/names.ts';

/** How a stop is to differ from what image and options say. */
export interface StopParameters {
  /** Time from the signal to the kill of everything in the workload's cgroup. */
  graceMs?: number;
}

/** What of a machine an interruption needs. */
export interface StoppableMachine {
  /** The workload runs. */
  readonly isReady: boolean;
  /** Only the machine's end is left. */
  readonly isEnding: boolean;
  stop(parameters: StopParameters): Promise<void>;
  kill(): void;
}

/** timeout(1)'s code. */
export const timeoutExitCode = 124;
const killedExitCode = exitCodes.signalBase + 9;
/** From the end of the workload's grace to the end of a machine that has timed out. */
const timeoutKillMarginMs = 10_000;
/** From the end by force to the end of waiting for a reader who takes no output. */
const outputMarginMs = 1_000;

/**
 * What signals and the time limit do to a run. Before the workload runs they end it at once. Then the first
 * one stops the workload as its image wants it, the second without any grace, the third ends the machine. An
 * end by force does not wait for readers of our output either: a reader that hangs would make it endless.
 */
export class Interruption {
  readonly #preparation = new AbortController();
  readonly #output = new AbortController();
  readonly #stopGraceMs: number;
  readonly #warn: (message: string) => void;
  #machine: StoppableMachine | undefined;
  #count = 0;
  #exitCode: number | undefined;
  #killTimer: NodeJS.Timeout | undefined;
  #outputTimer: NodeJS.Timeout | undefined;

  constructor(options: { stopGraceMs: number | undefined; warn: (message: string) => void }) {
    this.#stopGraceMs = options.stopGraceMs ?? defaultStopGraceMs;
    this.#warn = options.warn;
  }

  /** Aborts when the run is to end before there is a machine. */
  get signal(): AbortSignal {
    return this.#preparation.signal;
  }

  /** Aborts when output that nobody takes is to be waited for no longer. */
  get outputSignal(): AbortSignal {
    return this.#output.signal;
  }

  /** The run's exit code in place of the workload's, when an interruption decided it. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** From now on there is a machine to stop. */
  watch(machine: StoppableMachine): void {
    this.#machine = machine;
  }

  /** A signal from outside, by number. */
  interrupt(signalNumber: number): void {
    this.#count += 1;
    const machine = this.#machine;
    if (machine?.isEnding === true) {
      if (this.#count > 2) this.#force(machine);
    } else if (machine?.isReady !== true) {
      this.#endEarly(exitCodes.signalBase + signalNumber);
    } else if (this.#count === 1) {
      this.#stop(machine, {});
    } else if (this.#count === 2) {
      this.#stop(machine, { graceMs: 0 });
    } else {
      this.#exitCode ??= killedExitCode;
      this.#force(machine);
    }
  }

  /** The time is over. */
  expire(): void {
    const machine = this.#machine;
    if (machine?.isEnding === true) {
      // The workload was in time, and so is what it wrote if somebody takes it.
      this.#forceAfter(timeoutKillMarginMs, machine);
      return;
    }
    if (machine?.isReady !== true) {
      this.#endEarly(timeoutExitCode);
      return;
    }
    this.#exitCode ??= timeoutExitCode;
    this.#forceAfter(this.#stopGraceMs + timeoutKillMarginMs, machine);
    // A signal may have come first; its stop is under way.
    if (this.#count > 0) return;
    this.#count = 1;
    this.#stop(machine, {});
  }

  /** The run is over: nothing more can happen. */
  finish(): void {
    clearTimeout(this.#killTimer);
    clearTimeout(this.#outputTimer);
  }

  #forceAfter(delayMs: number, machine: StoppableMachine): void {
    this.#killTimer = setTimeout(() => {
      this.#exitCode ??= timeoutExitCode;
      this.#force(machine);
    }, delayMs);
  }

  /** Ends the machine, and soon after also the wait for our readers. */
  #force(machine: StoppableMachine): void {
    machine.kill();
    this.#outputTimer ??= setTimeout(() => this.#output.abort(), outputMarginMs);
  }

  #endEarly(exitCode: number): void {
    this.#exitCode ??= exitCode;
    this.#preparation.abort();
    this.#machine?.kill();
  }

  #stop(machine: StoppableMachine, parameters: StopParameters): void {
    machine.stop(parameters).catch((error: unknown) => {
      // An answer that is missing because the workload has ended meanwhile is none to miss.
      if (!machine.isEnding) this.#warn(`Cannot stop the workload: ${describeError(error)}`);
    });
  }
}
