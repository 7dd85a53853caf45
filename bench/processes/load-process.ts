import type { Readable, Writable } from 'node:stream';
import { FirstbornError } from '../../protocol/errors.ts';

/** What `load.c` can be asked for. */
export const orders = ['children', 'orphans'] as const;
export type Order = (typeof orders)[number];

/** Its answer. */
export interface LoadAnswer {
  freeBytesBefore: number;
  lowestFreeBytes: number;
  /** Largest resident size that process 1 of its pid namespace has had. */
  processOnePeakBytes: number;
}

/** Reads an answer of the load. Throws a FirstbornError of code `guest` with its own words when it has failed. Pure. */
export function parseAnswer(line: string): LoadAnswer {
  const numbers = /^(\d+) (\d+) (\d+)$/.exec(line)?.slice(1).map(Number);
  const [freeBytesBefore, lowestFreeBytes, processOnePeakBytes] = numbers ?? [];
  if (freeBytesBefore === undefined || lowestFreeBytes === undefined || processOnePeakBytes === undefined) {
    throw new FirstbornError('guest', `Cannot make processes in the guest: it answers "${line}"`);
  }
  return { freeBytesBefore, lowestFreeBytes, processOnePeakBytes };
}

/** A load that runs somewhere, at the other ends of two streams. */
export class LoadProcess {
  readonly #orders: Writable;
  readonly #answers: AsyncIterator<string, void>;

  constructor({ stdin, stdout }: { stdin: Writable; stdout: Readable }) {
    this.#orders = stdin;
    this.#answers = linesOf(stdout);
  }

  /** Has it make so many processes and waits until all are reaped. One order at a time. */
  async order(order: Order, count: number): Promise<LoadAnswer> {
    this.#orders.write(`${order} ${count}\n`);
    const { value } = await this.#answers.next();
    return parseAnswer(value ?? 'nothing');
  }
}

async function* linesOf(stream: Readable): AsyncGenerator<string, void> {
  let text = '';
  for await (const bytes of stream) {
    text += (bytes as Buffer).toString('latin1');
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
      yield text.slice(0, end);
      text = text.slice(end + 1);
    }
  }
}
