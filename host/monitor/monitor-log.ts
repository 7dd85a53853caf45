/** Lines that may be said within a minute; a guest that misbehaves must not fill the disk. */
const maxLinesPerMinute = 60;
const minuteMs = 60_000;
const maxLineCharacters = 1_000;

/** What the monitor has to say for people: lines on stderr, which is `monitor.log`. */
export class MonitorLog {
  readonly #write: (text: string) => void;
  readonly #nowMs: () => number;
  #minuteStartMs = 0;
  #lines = 0;
  #unsaid = 0;

  constructor(write: (text: string) => void, nowMs: () => number = Date.now) {
    this.#write = write;
    this.#nowMs = nowMs;
  }

  say(message: string): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#minuteStartMs >= minuteMs) {
      if (this.#unsaid > 0) this.#line(nowMs, `${this.#unsaid} more lines were left out`);
      this.#minuteStartMs = nowMs;
      this.#lines = 0;
      this.#unsaid = 0;
    }
    if (this.#lines >= maxLinesPerMinute) {
      this.#unsaid += 1;
      return;
    }
    this.#lines += 1;
    this.#line(nowMs, message);
  }

  #line(nowMs: number, message: string): void {
    const text = message.replaceAll(/\p{Cc}/gu, ' ').slice(0, maxLineCharacters);
    this.#write(`${new Date(nowMs).toISOString()} ${text}\n`);
  }
}
