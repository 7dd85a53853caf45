import { closeSync } from 'node:fs';
import { fdEvents, type FdWatch, type Native, type NativeError } from '../../addon/native.ts';
import { maxStreamChunkBytes, streamWindowBytes } from '../../protocol/limits.ts';
import { firstDynamicStream } from '../../protocol/names.ts';
import { SendWindow } from '../../protocol/stream-window.ts';
import type { ChannelStream } from './channel-stream.ts';
import type { HostChannel } from './host-channel.ts';
import { OutputRing } from './output-ring.ts';

/** Chunks per turn, so that one loud stream leaves room for the others. */
const chunksPerTurn = 8;
/** No pipe holds more (/proc/sys/fs/pipe-max-size): behind so many bytes there is nothing that was in it before. */
const largestPipeBytes = 1024 * 1024;

const nothing = Buffer.alloc(0);
/** Of all pumps: what is read is sent, kept or set aside before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(maxStreamChunkBytes);

export interface OutputPumpOptions {
  /** The descriptor is the master of a terminal, whose end is EIO (pty(7)). */
  terminal?: boolean;
}

/**
 * Carries what a process writes into a pipe to the host. It reads only what the host has granted credit for,
 * so a host that doesn't read stops the writer at its full pipe, and memory doesn't grow. The last window is
 * kept, so nothing that a host has not taken is lost when its session is.
 *
 * Nobody waits for a host that is away: then the pump reads on, and the oldest bytes make room. The host sees
 * the gap in the offsets.
 */
export class OutputPump implements ChannelStream {
  readonly #native: Native;
  readonly #channel: HostChannel;
  readonly #fd: number;
  readonly #id: number;
  readonly #isTerminal: boolean;
  readonly #window = new SendWindow();
  readonly #ring = new OutputRing();
  readonly #watch: FdWatch;
  /** What was read to learn whether the stream has ended: at most one byte, of which ring and window know nothing yet. */
  #ahead = nothing;
  readonly #ended = Promise.withResolvers<void>();
  /** Up to where a host has taken the stream, as far as it has told. */
  #taken = 0;
  /** The host of this session does not know of the stream, so it is not waited for. */
  #unclaimed = false;
  #started = false;
  #open = true;
  #endSent = false;
  /** Set once the process has exited. */
  #finishing: { pipeWasEmpty: boolean; readBytes: number; timer?: NodeJS.Timeout } | undefined;

  /** Takes over `fd`, the non-blocking read end of a pipe or terminal, and closes it at its end. */
  constructor(
    native: Native,
    channel: HostChannel,
    fd: number,
    id: number,
    { terminal = false }: OutputPumpOptions = {},
  ) {
    this.#native = native;
    this.#channel = channel;
    this.#fd = fd;
    this.#id = id;
    this.#isTerminal = terminal;
    this.#watch = native.watchFd(fd, 0, (ready) => this.#onReady(ready));
    channel.openStream(id, this);
  }

  /**
   * Resolves when the last writer has closed, or after `finish`. Then all has been sent, or is kept for a host
   * that is away.
   */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Whether bytes or the end of an ended stream are yet to be sent to a host that wants them. */
  get endWaits(): boolean {
    return !this.#open && !this.#endSent && !this.#unclaimed;
  }

  /** Begins to read the pipe: not before the host has been told that the writer runs. */
  start(): void {
    this.#started = true;
    this.#work();
  }

  /**
   * For after the process's exit: ends the stream although somebody else may still hold the pipe. All that the
   * process has written is kept; others may add to it for `idleMs` more. Time in which a host that is there
   * doesn't read does not count.
   */
  finishWhenIdle(idleMs: number): void {
    if (!this.#open || this.#finishing !== undefined) return;
    this.#finishing = { pipeWasEmpty: false, readBytes: 0 };
    this.start();
    this.#finishAfter(idleMs);
  }

  onCredit(limit: number): void {
    this.#unclaimed = false;
    this.#window.grant(limit);
    this.#taken = Math.max(this.#taken, Math.min(limit - streamWindowBytes, this.#ring.end));
    // A credit that allows nothing comes from a host that does not know how much it has missed.
    if (this.#window.available === 0) this.#tellPosition();
    this.#work();
  }

  onSession(taken?: number): void {
    this.#unclaimed = taken === undefined && this.#id >= firstDynamicStream;
    this.#endSent = false;
    this.#taken = Math.min(taken ?? this.#ring.start, this.#ring.end);
    this.#window.revoke(Math.max(this.#taken, this.#ring.start));
    this.#work();
  }

  onDrained(): void {
    this.#work();
  }

  /** Ends the stream although somebody still holds the pipe. What is in the pipe is lost. */
  finish(): void {
    if (!this.#open) return;
    this.#open = false;
    clearTimeout(this.#finishing?.timer);
    this.#watch.close();
    closeSync(this.#fd);
    this.#channel.keepEndedStream(this.#id);
    this.#work();
    this.#ended.resolve();
  }

  #finishAfter(idleMs: number): void {
    const finishing = this.#finishing;
    if (!this.#open || finishing === undefined) return;
    finishing.timer = setTimeout(() => {
      const isRead = finishing.pipeWasEmpty || finishing.readBytes > largestPipeBytes;
      const isSent = this.#window.offset === this.#ring.end;
      if (isRead && (isSent || !this.#waitsForHost)) this.finish();
      else this.#finishAfter(idleMs);
    }, idleMs);
  }

  /** Does what can be done now: sends what is kept, reads more, and says what it waits for. */
  #work(): void {
    this.#sendKept();
    if (!this.#open) {
      this.#closeWhenTaken();
      return;
    }
    if (!this.#started) return;
    // Sending may lead back to here, and so to the end.
    for (let chunks = 0; chunks < chunksPerTurn && this.#open && !this.#blocked; chunks += 1) {
      const length = this.#read();
      if (length === 0) this.finish();
      if (length === -1) break;
    }
    if (!this.#open) return;
    this.#watch.update(this.#blocked ? this.#wantedWhileBlocked : fdEvents.readable);
    if (this.#blocked) this.#channel.awaitHost();
  }

  /** The end takes no credit: a stream that says nothing more must not wait for a host that wants nothing of it. */
  get #wantedWhileBlocked(): number {
    const allSent = this.#window.offset === this.#ring.end;
    return allSent && this.#ahead.length === 0 ? fdEvents.hangup : 0;
  }

  #onReady(ready: number): void {
    if (this.#blocked && (ready & fdEvents.hangup) !== 0) this.#lookForEnd();
    if (this.#open) this.#work();
  }

  /** The last writer has gone. Only a read tells whether it has left something; one byte of that is set aside. */
  #lookForEnd(): void {
    const length = this.#readSome(readBuffer.subarray(0, 1));
    if (length === 0) this.finish();
    else if (length > 0) this.#ahead = Buffer.from(readBuffer.subarray(0, length));
  }

  get #blocked(): boolean {
    return this.#wantedBytes === 0;
  }

  /**
   * How much may be read now. While somebody listens: what can be sent at once, all before it having been sent.
   * So nothing is read for which a byte would have to go that the host has not taken: window and ring have the
   * same size.
   */
  get #wantedBytes(): number {
    if (!this.#waitsForHost) return maxStreamChunkBytes;
    if (this.#channel.congested) return 0;
    return Math.min(this.#window.available, maxStreamChunkBytes);
  }

  get #waitsForHost(): boolean {
    if (this.#unclaimed || this.#channel.hostAway) return false;
    // A host that has never come may still come, but an exit does not wait for it.
    return this.#finishing === undefined || this.#channel.hostListens;
  }

  /** Reads one chunk and sends it if it may. Gives its length, 0 at the end, -1 when nothing is there. */
  #read(): number {
    const length = this.#takeAhead() || this.#readSome(readBuffer.subarray(0, this.#wantedBytes));
    if (this.#finishing !== undefined) {
      this.#finishing.readBytes += Math.max(0, length);
      if (length === -1) this.#finishing.pipeWasEmpty = true;
    }
    if (length <= 0) return length;
    const bytes = readBuffer.subarray(0, length);
    const mayGo = this.#window.available >= length && !this.#channel.congested;
    const isNext = this.#window.offset === this.#ring.end;
    this.#ring.append(bytes);
    if (isNext && mayGo) this.#channel.sendData(this.#id, this.#window.advance(length), bytes);
    else this.#sendKept();
    return length;
  }

  /** Puts what was set aside into the buffer and gives its length. */
  #takeAhead(): number {
    const length = this.#ahead.copy(readBuffer);
    this.#ahead = nothing;
    return length;
  }

  #readSome(buffer: Buffer): number {
    try {
      return this.#native.readSome(this.#fd, buffer);
    } catch (error) {
      if (this.#isTerminal && (error as NativeError).code === 'EIO') return 0;
      throw error;
    }
  }

  /** Sends what has been read but not sent in this session, and then the end if there is one. */
  #sendKept(): void {
    const window = this.#window;
    if (window.offset < this.#ring.start && this.#waitsForHost) {
      window.skipTo(this.#ring.start);
      if (window.available === 0) this.#tellPosition();
    }
    while (window.offset >= this.#ring.start && window.available > 0 && !this.#channel.congested) {
      const bytes = this.#ring.peek(window.offset, Math.min(window.available, maxStreamChunkBytes));
      if (bytes.length === 0) break;
      this.#channel.sendData(this.#id, window.advance(bytes.length), bytes);
    }
    if (this.#open || this.#endSent || !this.#channel.inSession || window.offset < this.#ring.end) return;
    this.#endSent = true;
    this.#channel.sendEnd(this.#id, this.#ring.end);
  }

  /** An empty data frame, for which no credit is needed: here the stream goes on. */
  #tellPosition(): void {
    this.#channel.sendData(this.#id, this.#window.offset, nothing);
  }

  /** Nothing is kept of an ended stream that the host has taken, or of which it does not know. */
  #closeWhenTaken(): void {
    const isTold = this.#endSent || !this.#channel.inSession;
    if (!this.#unclaimed && (this.#taken < this.#ring.end || !isTold)) return;
    this.#ring.clear();
    this.#channel.closeStream(this.#id, this.#ring.end);
  }
}
