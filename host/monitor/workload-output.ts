import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { describeError } from '../../protocol/errors.ts';
import { mainStreams } from '../../protocol/names.ts';
import type { Machine } from '../machine/machine.ts';
import type { LogStream } from './cri-format.ts';
import type { OutputBroadcaster, OutputName } from './output-broadcaster.ts';
import type { WorkloadLog } from './workload-log.ts';

interface Source {
  readonly readable: Readable;
  readonly logName: LogStream;
  readonly name: OutputName;
  /** Losses behind bytes that still wait in the stream, by the offset of their first byte. */
  gaps: { offset: number; missingBytes: number }[];
}

export interface WorkloadOutputOptions {
  log: WorkloadLog;
  broadcaster: OutputBroadcaster;
  /** Bytes were lost between guest and monitor. */
  onGap(stream: LogStream, missingBytes: number): void;
  warn(message: string): void;
}

/**
 * The output of one boot's workload on its way into the log and to the clients. A byte is in the log when this
 * returns from its 'data' handler, and only then the channel counts it as taken: a kill loses none and doubles none.
 */
export class WorkloadOutput {
  readonly #options: WorkloadOutputOptions;
  readonly #sources: readonly Source[];
  #logFailed = false;
  #isDraining = false;

  constructor(machine: Machine, options: WorkloadOutputOptions) {
    this.#options = options;
    this.#sources = [
      { readable: machine.stdout, logName: 'stdout', name: 'output', gaps: [] },
      { readable: machine.stderr, logName: 'stderr', name: 'error', gaps: [] },
    ];
    machine.on('gap', ({ stream, offset, missingBytes }) => {
      const index = stream === mainStreams.stdout ? 0 : stream === mainStreams.stderr ? 1 : -1;
      this.#sources[index]?.gaps.push({ offset, missingBytes });
    });
    for (const source of this.#sources) {
      source.readable.on('data', (bytes: Buffer) => this.#take(source, bytes));
    }
    if (options.broadcaster.isHeld) this.hold();
  }

  /** Stops reading: the workload waits once its windows are full. One that is gone can't wait. */
  hold(): void {
    if (this.#isDraining) return;
    for (const { readable } of this.#sources) readable.pause();
  }

  release(): void {
    for (const { readable } of this.#sources) readable.resume();
  }

  /** Reads what is left, whoever may be slow, and resolves when all of it is logged. For a machine that is gone. */
  async drain(): Promise<void> {
    const ends = this.#sources.map(({ readable }) =>
      readable.closed ? Promise.resolve() : once(readable, 'close'),
    );
    this.#isDraining = true;
    this.release();
    await Promise.all(ends);
    for (const source of this.#sources) this.#skip(source, Number.POSITIVE_INFINITY);
  }

  #take(source: Source, bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      const offset = this.#options.log.offsets[source.logName];
      this.#skip(source, offset);
      const gap = source.gaps[0];
      const here = this.#options.log.offsets[source.logName];
      const lengthBytes = gap === undefined ? rest.length : Math.min(rest.length, gap.offset - here);
      this.#pass(source, rest.subarray(0, lengthBytes));
      rest = rest.subarray(lengthBytes);
    }
  }

  #pass({ logName, name }: Source, bytes: Buffer): void {
    try {
      this.#options.log.append(logName, bytes);
      this.#logFailed = false;
    } catch (error) {
      this.#warnOnce(error);
    }
    this.#options.broadcaster.push(name, bytes);
  }

  /** Counts the losses up to an offset. */
  #skip(source: Source, offset: number): void {
    for (let gap = source.gaps[0]; gap !== undefined && gap.offset <= offset; gap = source.gaps[0]) {
      source.gaps.shift();
      try {
        this.#options.log.skip(source.logName, gap.missingBytes);
      } catch (error) {
        this.#warnOnce(error);
      }
      this.#options.onGap(source.logName, gap.missingBytes);
      this.#options.broadcaster.gap(source.name, gap.missingBytes);
    }
  }

  #warnOnce(error: unknown): void {
    if (this.#logFailed) return;
    this.#logFailed = true;
    this.#options.warn(`Cannot write the workload's log: ${describeError(error)}`);
  }
}
