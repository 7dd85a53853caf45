import { FirstbornError } from '../../protocol/errors.ts';
import type { CopyTotals } from '../../protocol/files/pack-tree.ts';
import { maxFileTransfers } from '../../protocol/limits.ts';
import { RequestRefusal } from '../channel/requests.ts';
import { copyRefusal } from './refusal.ts';

/** Ended copies that wait to be asked for. */
const maxKeptOutcomes = 64;

/** A copy that has been prepared. */
export interface Copy {
  readonly stream: number;
  /** Does the work. Ends soon after `stop`. */
  run(): Promise<CopyTotals>;
  /** Makes `run` reject with `error`. */
  stop(error: Error): void;
  /** Gives up what outlives `run`. Repeatable. */
  release?(): void;
}

interface Outcome {
  readonly result: { state: 'done'; summary: CopyTotals } | { state: 'failed'; refusal: RequestRefusal };
  readonly copy: Copy;
}

interface Running {
  readonly copy: Copy;
  readonly outcome: Promise<Outcome>;
}

/** The copies that are under way, and how those ended that nobody has asked for yet. */
export class Transfers {
  readonly #running = new Map<number, Running>();
  /** Oldest first. */
  readonly #ended = new Map<number, Outcome>();
  #preparing = 0;
  #lastNumber = 0;

  /** Copies that are under way. */
  get runningCount(): number {
    return this.#running.size + this.#preparing;
  }

  /** Starts a copy unless too many are under way (`busy`). What `prepare` throws passes through. */
  async start(prepare: () => Promise<Copy>): Promise<{ transfer: number; stream: number }> {
    if (this.runningCount >= maxFileTransfers) {
      throw new RequestRefusal('busy', `Cannot copy more than ${maxFileTransfers} things at once`);
    }
    this.#preparing += 1;
    try {
      const copy = await prepare();
      this.#lastNumber += 1;
      const transfer = this.#lastNumber;
      this.#running.set(transfer, { copy, outcome: this.#follow(transfer, copy) });
      return { transfer, stream: copy.stream };
    } finally {
      this.#preparing -= 1;
    }
  }

  /**
   * Resolves when the copy has ended. Whoever was waiting then may come again, in case the answer was too late;
   * whoever asks later is the last. Rejects with RequestRefusal when the copy failed or is not known.
   */
  async outcome(transfer: number): Promise<CopyTotals> {
    const ended = this.#ended.get(transfer);
    if (ended !== undefined) this.#forget(transfer, ended);
    const outcome = ended ?? (await this.#running.get(transfer)?.outcome);
    if (outcome === undefined) throw unknownTransfer(transfer);
    if (outcome.result.state === 'failed') throw outcome.result.refusal;
    return outcome.result.summary;
  }

  /** Ends a copy; of one that has ended, forgets how. */
  cancel(transfer: number): void {
    const running = this.#running.get(transfer);
    const ended = this.#ended.get(transfer);
    if (running !== undefined) running.copy.stop(cancelled());
    else if (ended !== undefined) this.#forget(transfer, ended);
    else throw unknownTransfer(transfer);
  }

  /** Ends all copies, so that no file of the container is open any more. Resolves when they have ended. */
  async cancelAll(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { copy } of running) copy.stop(cancelled());
    await Promise.all(running.map(({ outcome }) => outcome));
  }

  async #follow(transfer: number, copy: Copy): Promise<Outcome> {
    let outcome: Outcome;
    try {
      outcome = { copy, result: { state: 'done', summary: await copy.run() } };
    } catch (error) {
      outcome = { copy, result: { state: 'failed', refusal: copyRefusal(error) } };
    }
    this.#running.delete(transfer);
    this.#ended.set(transfer, outcome);
    for (const [oldest, kept] of this.#ended) {
      if (this.#ended.size <= maxKeptOutcomes) break;
      this.#forget(oldest, kept);
    }
    return outcome;
  }

  #forget(transfer: number, { copy }: Outcome): void {
    this.#ended.delete(transfer);
    copy.release?.();
  }
}

function cancelled(): FirstbornError {
  return new FirstbornError('guest', 'Cannot go on with the copy: it was cancelled');
}

function unknownTransfer(transfer: number): RequestRefusal {
  return new RequestRefusal('not-found', `Cannot find the copy ${transfer}`);
}
