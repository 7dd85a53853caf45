import { closeSync } from 'node:fs';
import { fdEvents, type FdWatch, type Native } from '../../addon/native.ts';
import { maxStreamChunkBytes } from '../../protocol/limits.ts';
import { SendWindow } from '../../protocol/stream-window.ts';
import type { ChannelStream, HostChannel } from './host-channel.ts';

/** Chunks per turn, so that one loud stream leaves room for the others. */
const chunksPerTurn = 8;

/**
 * Carries what a process writes into a pipe to the host. It reads only what the host has granted credit for,
 * so a host that doesn't read stops the writer at its full pipe, and memory doesn't grow.
 */
export class OutputPump implements ChannelStream {
  readonly #native: Native;
  readonly #channel: HostChannel;
  readonly #fd: number;
  readonly #id: number;
  readonly #window = new SendWindow();
  readonly #watch: FdWatch;
  readonly #buffer = Buffer.allocUnsafe(maxStreamChunkBytes);
  readonly #ended = Promise.withResolvers<void>();
  #started = false;
  #open = true;

  /** Takes over `fd`, the non-blocking read end of a pipe, and closes it at its end. */
  constructor(native: Native, channel: HostChannel, fd: number, id: number) {
    this.#native = native;
    this.#channel = channel;
    this.#fd = fd;
    this.#id = id;
    this.#watch = native.watchFd(fd, 0, () => this.#pump());
    channel.openStream(id, this);
  }

  /** Resolves when the last writer has closed and all has been sent, or after `finish`. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Begins to read the pipe: not before the host has been told that the writer runs. */
  start(): void {
    this.#started = true;
    this.#pump();
  }

  /**
   * For after the process's exit: ends the stream once nothing has come for `idleMs`, although somebody may
   * still hold the pipe. Time in which a host that is there doesn't read does not count: what is in the pipe is kept.
   */
  finishWhenIdle(idleMs: number): void {
    if (!this.#open) return;
    const lengthBefore = this.#window.offset;
    setTimeout(() => {
      const waitsForHost = this.#blocked && this.#channel.hostListens;
      if (waitsForHost || this.#window.offset > lengthBefore) this.finishWhenIdle(idleMs);
      else this.finish();
    }, idleMs);
  }

  onCredit(limit: number): void {
    this.#window.grant(limit);
    this.#pump();
  }

  onSession(): void {
    this.#window.revoke();
    if (!this.#open) this.#channel.sendEnd(this.#id, this.#window.offset);
  }

  onDrained(): void {
    this.#pump();
  }

  /** Ends the stream although somebody still holds the pipe. */
  finish(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#watch.close();
    closeSync(this.#fd);
    this.#channel.sendEnd(this.#id, this.#window.offset);
    this.#ended.resolve();
  }

  get #blocked(): boolean {
    return this.#window.available === 0 || this.#channel.congested;
  }

  #pump(): void {
    if (!this.#open || !this.#started) return;
    for (let chunks = 0; !this.#blocked; chunks += 1) {
      if (chunks === chunksPerTurn) break;
      const wanted = Math.min(this.#window.available, this.#buffer.length);
      const length = this.#native.readSome(this.#fd, this.#buffer.subarray(0, wanted));
      if (length === -1) break;
      if (length === 0) {
        this.finish();
        return;
      }
      this.#channel.sendData(this.#id, this.#window.advance(length), this.#buffer.subarray(0, length));
    }
    this.#watch.update(this.#blocked ? 0 : fdEvents.readable);
  }
}
