import { Transform, type TransformCallback } from 'node:stream';
import { FirstbornError } from '../../protocol/errors.ts';

/** ctrl-p, ctrl-q: Docker's. */
export const defaultDetachKeys: Buffer = Buffer.from([0x10, 0x11]);

/** What of a terminal's keys the control key makes another byte of: ASCII 0x40 to 0x5f. */
const controlPattern = /^ctrl-([a-z@[\\\]^_])$/i;

/**
 * Reads keys as docker-run(1) writes them: `ctrl-p,ctrl-q`, `ctrl-a,d`, `x`. An empty text stands for none. Throws a
 * FirstbornError of code `usage`.
 */
export function readDetachKeys(text: string): Buffer {
  if (text === '') return Buffer.alloc(0);
  return Buffer.concat(text.split(',').map((key) => readKey(key, text)));
}

function readKey(key: string, text: string): Buffer {
  const control = controlPattern.exec(key)?.[1];
  if (control !== undefined) return Buffer.from([control.toUpperCase().charCodeAt(0) & 0x1f]);
  if (/^[\x21-\x7e]$/.test(key)) return Buffer.from(key);
  throw new FirstbornError(
    'usage',
    `Cannot take "${text}" for --detach-keys: expected keys such as ctrl-a or x, with commas between them`,
  );
}

/**
 * Passes keys on and looks for the detach keys among them. Those are held back while they may become the whole
 * sequence; once they are, `onDetach` is called and nothing is passed on any more.
 */
export class DetachKeyFilter extends Transform {
  readonly #keys: Buffer;
  readonly #onDetach: () => void;
  /** The beginning of the sequence, as far as it has been typed. */
  #held: number[] = [];
  #isDetached = false;

  constructor(keys: Buffer, onDetach: () => void) {
    super();
    this.#keys = keys;
    this.#onDetach = onDetach;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const passed: number[] = [];
    for (const byte of chunk) {
      if (!this.#isDetached) this.#take(byte, passed);
    }
    if (passed.length > 0) this.push(Buffer.from(passed));
    done();
    if (this.#isDetached) this.#onDetach();
  }

  override _flush(done: TransformCallback): void {
    // The end came in the middle of what looked like the sequence.
    done(null, this.#isDetached ? undefined : Buffer.from(this.#held));
  }

  #take(byte: number, passed: number[]): void {
    const held = [...this.#held, byte];
    // What can't be the sequence's beginning goes on, first byte first: its end may be one.
    while (held.some((value, index) => value !== this.#keys[index])) passed.push(held.shift() as number);
    this.#isDetached = held.length > 0 && held.length === this.#keys.length;
    this.#held = held;
  }
}
