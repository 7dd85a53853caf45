import type { WriteStream } from 'node:tty';
import type { Progress } from '../preparation/progress.ts';

/** What is done sooner shows nothing. */
const patienceMs = 400;
const redrawIntervalMs = 100;
const barWidth = 24;
const bytesPerMiB = 1024 * 1024;

/** One report as text: `write root disk  ████──── 41 % of 260 MiB`. Pure. */
export function progressText({ step, doneBytes, totalBytes }: Progress, columns: number): string {
  let text = `firstborn: ${step}`;
  if (doneBytes === undefined) {
    text += ' …';
  } else if (totalBytes === undefined || totalBytes === 0) {
    text += `  ${mebibytes(doneBytes)}`;
  } else {
    const share = Math.min(1, doneBytes / totalBytes);
    const filled = Math.round(share * barWidth);
    const bar = '█'.repeat(filled) + '─'.repeat(barWidth - filled);
    text += `  ${bar} ${String(Math.floor(share * 100)).padStart(3)} % of ${mebibytes(totalBytes)}`;
  }
  // A line that wraps could not be drawn over.
  return text.slice(0, Math.max(0, columns - 1));
}

function mebibytes(lengthBytes: number): string {
  return `${(lengthBytes / bytesPerMiB).toFixed(1)} MiB`;
}

/** Shows how far a preparation is in one line of a terminal, which it draws over and takes away at the end. */
export class ProgressLine implements Disposable {
  readonly #terminal: WriteStream;
  readonly #startMs = performance.now();
  #drawnMs = 0;
  #step: Progress['step'] | undefined;
  #isShown = false;

  private constructor(terminal: WriteStream) {
    this.#terminal = terminal;
  }

  /** `undefined` where nobody would see it: no terminal, or one that can't be drawn on. */
  static on(terminal: WriteStream, environment: NodeJS.ProcessEnv): ProgressLine | undefined {
    return terminal.isTTY && environment['TERM'] !== 'dumb' ? new ProgressLine(terminal) : undefined;
  }

  report(progress: Progress): void {
    const nowMs = performance.now();
    if (nowMs - this.#startMs < patienceMs) return;
    if (progress.step === this.#step && nowMs - this.#drawnMs < redrawIntervalMs) return;
    this.#step = progress.step;
    this.#drawnMs = nowMs;
    this.#isShown = true;
    this.#terminal.write(`\r${progressText(progress, this.#terminal.columns)}\x1b[K`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#isShown) this.#terminal.write('\r\x1b[K');
    this.#isShown = false;
  }

  [Symbol.dispose](): void {
    this.clear();
  }
}
