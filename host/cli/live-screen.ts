import type { WriteStream } from 'node:tty';
import { characters } from './plain-text.ts';

const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';
const clearScreen = '\x1b[2J';
const home = '\x1b[H';
const clearToLineEnd = '\x1b[K';
const clearBelow = '\x1b[J';

/** What draws `lines` over what a terminal of this size shows. Pure. */
export function drawing(lines: readonly string[], size: { rows: number; columns: number }): string {
  const shown = lines
    // The last row stays free: a line feed there would scroll.
    .slice(0, Math.max(1, size.rows - 1))
    .map((line) => `${characters(line).slice(0, size.columns).join('')}${clearToLineEnd}\n`);
  return `${home}${shown.join('')}${clearBelow}`;
}

/** A terminal that shows something which changes. The cursor comes back when it is disposed of, or we end. */
export class LiveScreen implements Disposable {
  readonly #terminal: WriteStream;
  readonly #restore = (): void => this[Symbol.dispose]();
  #isOver = false;

  constructor(terminal: WriteStream) {
    this.#terminal = terminal;
    process.on('exit', this.#restore);
    terminal.write(`${hideCursor}${clearScreen}`);
  }

  draw(lines: readonly string[]): void {
    const [columns, rows] = this.#terminal.getWindowSize();
    this.#terminal.write(drawing(lines, { rows: rows || 24, columns: columns || 80 }));
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    process.removeListener('exit', this.#restore);
    // Over the "^C" that the terminal shows.
    this.#terminal.write(`\r${clearToLineEnd}${showCursor}`);
  }
}
