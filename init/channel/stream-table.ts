import { decodeOffset, type Frame } from '../../protocol/frame.ts';
import { maxExecSessions } from '../../protocol/limits.ts';
import { firstDynamicStream } from '../../protocol/names.ts';
import type { ChannelStream } from './channel-stream.ts';

/** Ended streams whose last bytes no host has taken; over this the oldest are given up. */
const maxEndedStreams = 2 * maxExecSessions;

const isFixed = (id: number): boolean => id < firstDynamicStream;

/** The streams of one channel: their ids, who they are, and what a new session has to be told of each. */
export class StreamTable {
  readonly #streams = new Map<number, ChannelStream>();
  /** Credit for streams that a container yet to start will open; the host grants it as the session begins. */
  readonly #earlyCredit = new Map<number, number>();
  /** Of the fixed streams that are over. The others leave nothing behind. */
  readonly #fixedEnds = new Map<number, number>();
  /** Ended streams that the host has not taken in full, oldest first. */
  readonly #ended = new Set<number>();
  #waiting: (() => void)[] = [];
  #nextId = firstDynamicStream;

  /** A new id, which no stream has had before. */
  allocate(): number {
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  open(id: number, stream: ChannelStream, inSession: boolean): void {
    this.#streams.set(id, stream);
    // This host has been here from the stream's first byte on.
    if (inSession) stream.onSession(0);
    const credit = this.#earlyCredit.get(id);
    this.#earlyCredit.delete(id);
    if (credit !== undefined) stream.onCredit?.(credit);
  }

  /** Nothing more comes of a stream. `endOffset` is where one to the host ended. */
  close(id: number, endOffset?: number): void {
    this.#streams.delete(id);
    if (endOffset !== undefined && isFixed(id)) this.#fixedEnds.set(id, endOffset);
    if (!this.#ended.delete(id) || this.#ended.size > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** A stream to the host has ended, and stays until the host has taken all of it. */
  keepEnded(id: number): void {
    this.#ended.add(id);
    if (this.#ended.size <= maxEndedStreams) return;
    const oldest = [...this.#ended].find((one) => !isFixed(one));
    if (oldest !== undefined) this.close(oldest);
  }

  /** Resolves once the host has taken all bytes of all streams that have ended. */
  allTaken(): Promise<void> {
    if (this.#ended.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Whether an ended stream has something to send in this session. */
  get endWaits(): boolean {
    return [...this.#ended].some((id) => this.#streams.get(id)?.endWaits === true);
  }

  /** What has arrived of the open streams from the host. */
  receivedOffsets(): Record<string, number> {
    const offsets: Record<string, number> = {};
    for (const [id, { receivedOffset }] of this.#streams) {
      if (receivedOffset !== undefined) offsets[id] = receivedOffset;
    }
    return offsets;
  }

  /**
   * A host session begins. `taken` is what its host has taken, by stream. `sendEnd` answers for streams that are
   * over: one that the host still names it had taken in full, or it would be here.
   */
  beginSession(taken: Record<string, number>, sendEnd: (id: number, offset: number) => void): void {
    this.#earlyCredit.clear();
    const known = new Map(Object.entries(taken).map(([id, offset]) => [Number(id), offset]));
    for (const [id, offset] of this.#fixedEnds) sendEnd(id, offset);
    for (const [id, offset] of known) {
      if (!isFixed(id) && id < this.#nextId && !this.#streams.has(id)) sendEnd(id, offset);
    }
    for (const [id, stream] of this.#streams) stream.onSession(known.get(id));
  }

  /** Hands a data, end or credit frame to its stream. */
  dispatch(frame: Frame): void {
    const offset = decodeOffset(frame.payload);
    if (offset === undefined) return;
    const stream = this.#streams.get(frame.stream);
    if (stream === undefined) {
      // Only the fixed ids: a host can't make the guest remember others.
      if (frame.type === 'credit' && isFixed(frame.stream)) this.#earlyCredit.set(frame.stream, offset);
    } else if (frame.type === 'credit') stream.onCredit?.(offset);
    else if (frame.type === 'end') stream.onEnd?.(offset);
    else stream.onData?.(offset, frame.payload.subarray(8));
  }

  /** Something has changed for who waits to send. */
  letGoOn(): void {
    for (const stream of this.#streams.values()) stream.onDrained?.();
  }
}
