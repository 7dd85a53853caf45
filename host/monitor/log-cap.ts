import { open, stat, truncate, writeFile } from 'node:fs/promises';

export interface LogCapLimits {
  /** A log that has grown beyond this is emptied. */
  maxBytes: number;
  /** So much of its end is kept beside it. */
  keptBytes: number;
  intervalMs: number;
}
const usualLimits: LogCapLimits = { maxBytes: 8 * 1024 * 1024, keptBytes: 1024 * 1024, intervalMs: 2_000 };

/** Where the end of a log is kept when it was emptied. */
export const cappedLogPath = (path: string): string => `${path}.1`;

/**
 * Looks after logs that others append to (O_APPEND): the guest writes to its console what it likes, and must not fill
 * the host's disk. One that is too long is emptied, its end is kept under `cappedLogPath`; lines that come just then
 * may be lost. Does not keep the process alive.
 */
export class LogCap {
  readonly #paths: readonly string[];
  readonly #limits: LogCapLimits;
  readonly #timer: NodeJS.Timeout;
  #isBusy = false;

  constructor(paths: readonly string[], limits: Partial<LogCapLimits> = {}) {
    this.#paths = paths;
    this.#limits = { ...usualLimits, ...limits };
    this.#timer = setInterval(() => void this.#review(), this.#limits.intervalMs);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #review(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (const path of this.#paths) await this.#cap(path);
    this.#isBusy = false;
  }

  async #cap(path: string): Promise<void> {
    const { maxBytes, keptBytes } = this.#limits;
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || !found.isFile() || found.size <= maxBytes) return;
    // On a disk that is full, emptying it matters more than what it said.
    await keepEnd(path, found.size, keptBytes).catch(() => {});
    await truncate(path).catch(() => {});
  }
}

async function keepEnd(path: string, sizeBytes: number, keptBytes: number): Promise<void> {
  await using file = await open(path);
  const lengthBytes = Math.min(sizeBytes, keptBytes);
  const { buffer, bytesRead } = await file.read(
    Buffer.alloc(lengthBytes),
    0,
    lengthBytes,
    sizeBytes - lengthBytes,
  );
  await writeFile(cappedLogPath(path), buffer.subarray(0, bytesRead), { mode: 0o600 });
}
