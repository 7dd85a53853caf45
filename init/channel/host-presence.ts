import { hostAbsenceMs, hostSilenceMs } from '../../protocol/limits.ts';

/** What the transport knows of the host. */
export interface HostSigns {
  /** For how long the port has said that nobody has it open; `undefined` while somebody has. */
  readonly hostAwayMs: number | undefined;
  /** For how long frames have waited without any of them being taken; 0 when none wait. */
  readonly stalledMs: number;
  /** Takes what has arrived, if it has not been noticed yet. */
  readNow(): void;
}

/**
 * Decides whether the host is away, so that nobody waits for it in vain. It is when the port has been left for
 * `hostAbsenceMs`, and after `hostSilenceMs` without a word from it, or in which it took nothing of what waits.
 *
 * Somebody who has come to wait says so; only then a timer runs, one for all. The host is away from the moment
 * at which that timer finds it so, until it speaks or takes something again.
 */
export class HostPresence {
  readonly #signs: HostSigns;
  readonly #reconsider: () => void;
  /** The host's last word, or since when a first one is waited for. */
  #heardAtMs: number | undefined;
  #away = false;
  #timer: NodeJS.Timeout | undefined;
  #dueAtMs = 0;
  /** Until then a host may not be called away. */
  #graceUntilMs = 0;

  /** `reconsider` is called when the host has gone or is back, and after waits in which it was neither. */
  constructor(signs: HostSigns, reconsider: () => void) {
    this.#signs = signs;
    this.#reconsider = reconsider;
  }

  get away(): boolean {
    return this.#away;
  }

  /** Whether nothing speaks against the host being there right now. */
  get reachable(): boolean {
    return this.#remainingMs > 0;
  }

  /** The host has said something. */
  heard(): void {
    this.#heardAtMs = performance.now();
    this.#noticeReturn();
  }

  /** The host has taken something that waited for it. */
  tookSomething(): void {
    this.#noticeReturn();
  }

  /** The host begins a session: it is there. Streams hear of the session itself. */
  sessionBegan(): void {
    this.#heardAtMs = performance.now();
    this.#away = false;
  }

  /** The host has left the port: who waits for it waits less long from now on. */
  left(): void {
    if (this.#timer !== undefined) this.#arm();
  }

  /** Somebody waits for the host; `reconsider` will be called. */
  await(): void {
    if (this.#away || this.#timer !== undefined) return;
    this.#heardAtMs ??= performance.now();
    this.#arm();
  }

  /** How long nothing must happen until the host is away. */
  get #remainingMs(): number {
    const nowMs = performance.now();
    const silenceMs = nowMs - (this.#heardAtMs ?? nowMs);
    const { hostAwayMs, stalledMs } = this.#signs;
    const untilSilentMs = hostSilenceMs - Math.max(silenceMs, stalledMs);
    const untilAbsentMs = hostAwayMs === undefined ? untilSilentMs : hostAbsenceMs - hostAwayMs;
    return Math.max(Math.min(untilSilentMs, untilAbsentMs), this.#graceUntilMs - nowMs);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const delayMs = Math.max(1, Math.ceil(this.#remainingMs));
    this.#dueAtMs = performance.now() + delayMs;
    // What waits for the host keeps the process alive, not the look at the clock.
    this.#timer = setTimeout(() => this.#look(), delayMs).unref();
  }

  #look(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    // A machine that stood still, or had no time for this, has not been silent to its host's face.
    if (nowMs - this.#dueAtMs > hostAbsenceMs) this.#graceUntilMs = nowMs + hostAbsenceMs;
    this.#signs.readNow();
    this.#away = this.#remainingMs <= 0;
    this.#reconsider();
  }

  #noticeReturn(): void {
    if (!this.#away || this.#remainingMs <= 0) return;
    this.#away = false;
    this.#reconsider();
  }
}
