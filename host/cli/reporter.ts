import type { Writable } from 'node:stream';

/** What Firstborn itself has to say, on stderr: `firstborn: …`, one line each. */
export class Reporter {
  readonly #stderr: Writable;

  constructor(stderr: Writable) {
    this.#stderr = stderr;
  }

  say(message: string): void {
    // Guest text can be part of a message; a terminal must not obey it.
    const line = message.replaceAll(/\p{Cc}+/gu, ' ');
    this.#stderr.write(`firstborn: ${line}\n`);
  }

  /** Text that was laid out already. */
  block(text: string): void {
    this.#stderr.write(`${text}\n`);
  }
}
