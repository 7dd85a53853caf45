import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import type { RecordedEvent } from '../client/types.ts';

/** Beyond this the file becomes `.1`, in place of an older one. */
const defaultMaxBytes = 16 * 1024 * 1024;
const lineFeed = 0x0a;

/** The older half of the log. */
export const olderEventsPath = (path: string): string => `${path}.1`;

/**
 * `events.jsonl`: what happened to the machine, a JSON object a line. A guest's event is acknowledged only once
 * it is here, so what the file says is the truth about it. Every method blocks for its write.
 */
export class EventLog {
  readonly #path: string;
  readonly #machine: RecordedEvent['machine'];
  readonly #maxBytes: number;
  #fd: number;
  #sizeBytes: number;

  /** Opens the file and cuts off a line that a kill tore. Throws what opening throws. */
  constructor(path: string, { id, name }: RecordedEvent['machine'], maxBytes: number = defaultMaxBytes) {
    this.#path = path;
    this.#machine = { id, name };
    this.#maxBytes = maxBytes;
    this.#fd = openSync(path, 'a', 0o600);
    this.#sizeBytes = wholeLinesBytes(path);
    if (fstatSync(this.#fd).size > this.#sizeBytes) ftruncateSync(this.#fd, this.#sizeBytes);
  }

  /** Adds an event. Throws what writing throws; then the file is as it was. */
  append(event: RecordedEvent['event']): void {
    const recorded: RecordedEvent = { unixMs: Date.now(), machine: this.#machine, event };
    const line = Buffer.from(`${JSON.stringify(recorded)}\n`);
    if (this.#sizeBytes > 0 && this.#sizeBytes + line.length > this.#maxBytes) this.#rotate();
    try {
      for (let written = 0; written < line.length; ) written += writeSync(this.#fd, line, written);
    } catch (error) {
      ftruncateSync(this.#fd, this.#sizeBytes);
      throw error;
    }
    this.#sizeBytes += line.length;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #rotate(): void {
    renameSync(this.#path, olderEventsPath(this.#path));
    closeSync(this.#fd);
    this.#fd = openSync(this.#path, 'a', 0o600);
    this.#sizeBytes = 0;
  }
}

function wholeLinesBytes(path: string): number {
  return readFileSync(path).lastIndexOf(lineFeed) + 1;
}

/** All lines of both files, oldest first. */
export function readEventLines(path: string): string[] {
  return [olderEventsPath(path), path]
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter((line) => line !== '');
}
