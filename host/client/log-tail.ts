import { type LogEntry, parseLogEntry } from './log-entries.ts';
import type { OpenedFile } from './rotated-file.ts';

const blockBytes = 64 * 1024;
/** How far to look back for the beginning of a line when enough lines have been found. */
const maxLookBackBytes = 4 * 1024 * 1024;
const lineFeed = 0x0a;

async function readBlock({ handle }: OpenedFile, start: number, end: number): Promise<Buffer> {
  const block = Buffer.allocUnsafe(end - start);
  const { bytesRead } = await handle.read(block, 0, block.length, start);
  return block.subarray(0, bytesRead);
}

/** Where the last complete line of a file ends. */
export async function endOfLastLine(file: OpenedFile): Promise<number> {
  for (let end = file.sizeBytes; end > 0; end = Math.max(0, end - blockBytes)) {
    const start = Math.max(0, end - blockBytes);
    const feed = (await readBlock(file, start, end)).lastIndexOf(lineFeed);
    if (feed !== -1) return start + feed + 1;
  }
  return 0;
}

/** The lines of a file up to `endBytes`, where one ends, the last one first, without their line feeds. */
async function* linesBackwards(file: OpenedFile, endBytes: number): AsyncGenerator<Buffer, void, undefined> {
  let beginning: Buffer = Buffer.alloc(0);
  for (let start = endBytes - 1; start > 0; ) {
    const end = start;
    start = Math.max(0, end - blockBytes);
    const bytes = Buffer.concat([await readBlock(file, start, end), beginning]);
    let lineEnd = bytes.length;
    while (lineEnd > 0) {
      const feed = bytes.lastIndexOf(lineFeed, lineEnd - 1);
      if (feed === -1) break;
      yield bytes.subarray(feed + 1, lineEnd);
      lineEnd = feed;
    }
    beginning = bytes.subarray(0, lineEnd);
  }
  if (beginning.length > 0) yield beginning;
}

/** Chooses entries, the newest first, until they hold the wanted number of lines from their beginnings on. */
class TailCollector {
  readonly #wanted: number;
  readonly #entries: LogEntry[] = [];
  /** Streams with a chosen line whose beginning has not been met. */
  readonly #unbegun = new Set<LogEntry['stream']>();
  /** Streams with a line end, or the piece of a line without one. */
  readonly #met = new Set<LogEntry['stream']>();
  #lines = 0;
  #lookBackBytes = 0;

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  get isComplete(): boolean {
    const hasLines = this.#lines >= this.#wanted;
    return hasLines && (this.#unbegun.size === 0 || this.#lookBackBytes > maxLookBackBytes);
  }

  get entries(): LogEntry[] {
    return this.#entries.toReversed();
  }

  take(entry: LogEntry): void {
    const { stream, isFinal, content } = entry;
    // The end of a line is also where the line behind it begins.
    if (isFinal) this.#unbegun.delete(stream);
    const isLineEnd = isFinal || !this.#met.has(stream);
    this.#met.add(stream);
    if (this.#lines >= this.#wanted) this.#lookBackBytes += content.length;
    else if (isLineEnd) {
      this.#lines += 1;
      this.#unbegun.add(stream);
    }
    // Anything else belongs to a line that is older than the wanted ones.
    if (this.#unbegun.has(stream)) this.#entries.push(entry);
  }
}

/**
 * The entries that make the last `count` lines, in order, read from the end of the newest file backwards. `files` are the newest first; `end` is where the last line of the
 * newest one ends.
 */
export async function tailEntries(
  files: readonly OpenedFile[],
  end: number,
  count: number,
): Promise<LogEntry[]> {
  const collector = new TailCollector(count);
  for (const [age, file] of files.entries()) {
    if (collector.isComplete) break;
    const endBytes = age === 0 ? end : await endOfLastLine(file);
    for await (const line of linesBackwards(file, endBytes)) {
      const entry = parseLogEntry(line);
      if (entry !== undefined) collector.take(entry);
      if (collector.isComplete) break;
    }
  }
  return collector.entries;
}
