import { closeSync } from 'node:fs';
import { fdEvents, type FdWatch, type Native } from '../../addon/native.ts';
import { ReceiveWindow } from '../../protocol/stream-window.ts';
import type { ChannelStream, HostChannel } from './host-channel.ts';

/**
 * Carries the host's bytes into a process's stdin pipe. Credit is granted only for what the pipe has taken,
 * so at most one window waits here. A reader that goes away makes the rest be dropped, as a shell pipe does.
 */
export class InputSink implements ChannelStream {
  readonly #native: Native;
  readonly #channel: HostChannel;
  readonly #fd: number;
  readonly #id: number;
  readonly #window = new ReceiveWindow();
  readonly #watch: FdWatch;
  #queue: Buffer[] = [];
  #endRequested = false;
  #open = true;

  /** Takes over `fd`, the non-blocking write end of a pipe, and closes it. */
  constructor(native: Native, channel: HostChannel, fd: number, id: number) {
    this.#native = native;
    this.#channel = channel;
    this.#fd = fd;
    this.#id = id;
    this.#watch = native.watchFd(fd, 0, () => this.#flush());
    channel.openStream(id, this);
  }

  onSession(): void {
    this.#window.reopen();
    this.#grant();
  }

  onData(offset: number, bytes: Buffer): void {
    const received = this.#window.receive(offset, bytes);
    // An overrun breaks the protocol; the bytes have no room here and the host sees no credit for them.
    if (received.state === 'overrun' || received.state === 'duplicate') return;
    if (!this.#open || this.#endRequested) {
      this.#window.consume(received.bytes.length);
      this.#grant();
      return;
    }
    // The decoder's buffer goes on being used; this copy waits for the pipe.
    this.#queue.push(Buffer.from(received.bytes));
    this.#flush();
  }

  onEnd(): void {
    this.#endRequested = true;
    this.#flush();
  }

  /** Closes the pipe and drops what waits for it. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const bytes of this.#queue) this.#window.consume(bytes.length);
    this.#queue = [];
    this.#watch.close();
    closeSync(this.#fd);
  }

  #flush(): void {
    if (!this.#open) return;
    for (let bytes = this.#queue[0]; bytes !== undefined; bytes = this.#queue[0]) {
      const written = this.#writeSome(bytes);
      if (written === undefined) return;
      if (written === -1) break;
      this.#window.consume(written);
      if (written < bytes.length) this.#queue[0] = bytes.subarray(written);
      else this.#queue.shift();
    }
    this.#grant();
    if (this.#queue.length > 0) this.#watch.update(fdEvents.writable);
    else if (this.#endRequested) this.close();
    else this.#watch.update(0);
  }

  /** `undefined` when the reader is gone (EPIPE) and the sink has closed. */
  #writeSome(bytes: Buffer): number | undefined {
    try {
      return this.#native.writeSome(this.#fd, bytes);
    } catch {
      this.close();
      this.#grant();
      return undefined;
    }
  }

  #grant(): void {
    const limit = this.#window.nextCredit();
    if (limit !== undefined) this.#channel.sendCredit(this.#id, limit);
  }
}
