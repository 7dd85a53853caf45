import { fdEvents, type FdWatch, type Native } from '../../addon/native.ts';
import { maxQueuedFrameBytes } from '../../protocol/limits.ts';

const readBufferBytes = 64 * 1024;
/** Reads per turn, so that a flooding host can't keep the event loop from everything else. */
const readsPerTurn = 8;
const firstAbsencePauseMs = 5;
const longestAbsencePauseMs = 250;
/** A host that asks and does not read its answers is not read either, so that the answers stay bounded. */
const maxUnreadBytes = 2 * maxQueuedFrameBytes;

export interface TransportEvents {
  /** Bytes from the host, in any pieces. The buffer is only valid during the call. */
  received(bytes: Buffer): void;
  /** The queue has room again after `congested` was true. */
  drained(): void;
  /** The host has left the port: what it had begun to send it will not go on with. */
  left(): void;
  /** The port took a part of what had to wait. */
  tookSome(): void;
}

/**
 * The byte pipe to the host: a virtio port or a raw console, non-blocking. Frames wait in a bounded queue
 * while the host doesn't read. A port whose host is away reads as ended and polls as hung up all the time;
 * then it is asked again after a pause that grows to a quarter of a second.
 */
export class Transport {
  readonly #native: Native;
  readonly #fd: number;
  readonly #events: TransportEvents;
  readonly #watch: FdWatch;
  readonly #buffer = Buffer.allocUnsafe(readBufferBytes);
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  /** Whether the port has taken a part of the first frame already. */
  #headBegun = false;
  #wasCongested = false;
  /** What the port is watched for now: to ask for the same again would cost system calls with every frame. */
  #watchedEvents: number = fdEvents.readable;
  #absencePauseMs = firstAbsencePauseMs;
  /** Runs while the host is away and not asked; then the port is not watched. */
  #absencePause: NodeJS.Timeout | undefined;
  /** When the host was first missed, by performance.now(); `undefined` while it is there. */
  #missedSinceMs: number | undefined;
  /** Since when frames have waited and none was taken, by performance.now(). */
  #stalledSinceMs: number | undefined;

  /** Takes over `fd`, which must be non-blocking. */
  constructor(native: Native, fd: number, events: TransportEvents) {
    this.#native = native;
    this.#fd = fd;
    this.#events = events;
    this.#watch = native.watchFd(fd, fdEvents.readable, (ready) => this.#onReady(ready));
  }

  /** True while the queue is full: producers of data pause until `drained`. */
  get congested(): boolean {
    return this.#queuedBytes >= maxQueuedFrameBytes;
  }

  /** How long the host has been away; `undefined` while it is there. A console never tells. */
  get hostAwayMs(): number | undefined {
    return this.#missedSinceMs === undefined ? undefined : performance.now() - this.#missedSinceMs;
  }

  /** How long frames have waited without any part of them being taken; 0 when none wait. */
  get stalledMs(): number {
    return this.#stalledSinceMs === undefined ? 0 : performance.now() - this.#stalledSinceMs;
  }

  /** Takes what has arrived without waiting for the event loop to say so. */
  readNow(): void {
    this.#read();
  }

  /**
   * Queues one frame. Control frames may go over the limit; data must look at `congested` first. What can't go at once
   * is copied: the buffer is the caller's again.
   */
  send(frame: Buffer): void {
    this.#queue.push(frame);
    this.#queuedBytes += frame.length;
    const takenBytes = this.#writeQueue();
    const waiting = this.#queue.pop();
    if (waiting !== undefined) this.#queue.push(Buffer.from(waiting));
    this.#noteWritten(takenBytes);
  }

  /** Forgets frames that wait for a host that is gone. One that has begun is ended, so that the next is found. */
  dropQueue(): void {
    this.#queue = this.#headBegun ? this.#queue.slice(0, 1) : [];
    this.#queuedBytes = this.#queue[0]?.length ?? 0;
    // The host that begins now is not to blame for what the last one did not take.
    this.#stalledSinceMs = this.#queue.length > 0 ? performance.now() : undefined;
    this.#noteDrained();
  }

  #onReady(ready: number): void {
    if ((ready & fdEvents.writable) !== 0) this.#flush();
    if (!this.#overfull) {
      if ((ready & fdEvents.readable) !== 0) this.#read();
    } else if ((ready & fdEvents.hangup) !== 0) this.#waitForHost();
  }

  #read(): void {
    for (let reads = 0; reads < readsPerTurn && !this.#overfull; reads += 1) {
      const length = this.#readSome();
      if (length === -1) return;
      if (length === 0) {
        this.#waitForHost();
        return;
      }
      this.#absencePauseMs = firstAbsencePauseMs;
      this.#missedSinceMs = undefined;
      this.#events.received(this.#buffer.subarray(0, length));
    }
  }

  /** A read error is an absent host too: a console gives EIO while its backend is away. */
  #readSome(): number {
    try {
      return this.#native.readSome(this.#fd, this.#buffer);
    } catch {
      return 0;
    }
  }

  #waitForHost(): void {
    const isNew = this.#missedSinceMs === undefined;
    this.#missedSinceMs ??= performance.now();
    this.#watchFor(0);
    clearTimeout(this.#absencePause);
    this.#absencePause = setTimeout(() => {
      this.#absencePause = undefined;
      this.#flush();
    }, this.#absencePauseMs);
    this.#absencePauseMs = Math.min(this.#absencePauseMs * 2, longestAbsencePauseMs);
    if (isNew) this.#events.left();
  }

  #flush(): void {
    this.#noteWritten(this.#writeQueue());
  }

  /** Writes what the port takes and gives its length. Calls nobody. */
  #writeQueue(): number {
    let takenBytes = 0;
    for (let frame = this.#queue[0]; frame !== undefined; frame = this.#queue[0]) {
      const written = this.#writeSome(frame);
      if (written === -1) break;
      takenBytes += written;
      this.#queuedBytes -= written;
      this.#headBegun = written < frame.length;
      if (this.#headBegun) this.#queue[0] = frame.subarray(written);
      else this.#queue.shift();
    }
    return takenBytes;
  }

  #noteWritten(takenBytes: number): void {
    if (this.#absencePause === undefined) this.#watchFor(this.#wantedEvents);
    this.#noteStall(takenBytes > 0);
    this.#noteDrained();
  }

  #watchFor(events: number): void {
    if (events === this.#watchedEvents) return;
    this.#watchedEvents = events;
    this.#watch.update(events);
  }

  #noteStall(tookSome: boolean): void {
    const stalled = this.#stalledSinceMs !== undefined;
    if (this.#queue.length === 0) this.#stalledSinceMs = undefined;
    else if (tookSome || !stalled) this.#stalledSinceMs = performance.now();
    if (stalled && tookSome) this.#events.tookSome();
  }

  get #overfull(): boolean {
    return this.#queuedBytes >= maxUnreadBytes;
  }

  get #wantedEvents(): number {
    return (this.#overfull ? 0 : fdEvents.readable) | (this.#queue.length > 0 ? fdEvents.writable : 0);
  }

  #writeSome(bytes: Buffer): number {
    try {
      return this.#native.writeSome(this.#fd, bytes);
    } catch {
      return -1;
    }
  }

  #noteDrained(): void {
    if (this.congested) {
      this.#wasCongested = true;
    } else if (this.#wasCongested) {
      this.#wasCongested = false;
      this.#events.drained();
    }
  }
}
