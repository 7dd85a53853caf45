import { closeSync } from 'node:fs';
import { fdEvents, type FdWatch, type Native } from '../../addon/native.ts';
import { ReceiveWindow } from '../../protocol/stream-window.ts';
import { ByteQueue } from './byte-queue.ts';
import type { ChannelStream } from './channel-stream.ts';
import type { HostChannel } from './host-channel.ts';

/** Ctrl-D (termios(3), VEOF): a reader of the terminal gets what has been typed so far; if that is nothing, the end. */
const endOfFile = 0x04;
const lineFeed = 0x0a;

export interface InputSinkOptions {
  /** The descriptor is the master of a terminal: its end is typed, and it stays open for the output. */
  terminal?: boolean;
}

/**
 * Carries the host's bytes into a process's stdin. Credit is granted only for what the pipe has taken, so at
 * most one window waits here. A reader that goes away makes the rest be dropped, as a shell pipe does.
 */
export class InputSink implements ChannelStream {
  readonly #native: Native;
  readonly #channel: HostChannel;
  readonly #fd: number;
  readonly #id: number;
  readonly #isTerminal: boolean;
  readonly #window = new ReceiveWindow();
  readonly #watch: FdWatch;
  readonly #queue = new ByteQueue();
  /** The last byte that came, before which the end would have to be typed twice. */
  #lastByte = lineFeed;
  #endRequested = false;
  #open = true;

  /** Takes over `fd`, the non-blocking write end of a pipe or terminal, and closes it. */
  constructor(
    native: Native,
    channel: HostChannel,
    fd: number,
    id: number,
    { terminal = false }: InputSinkOptions = {},
  ) {
    this.#native = native;
    this.#channel = channel;
    this.#fd = fd;
    this.#id = id;
    this.#isTerminal = terminal;
    this.#watch = native.watchFd(fd, 0, () => this.#flush());
    channel.openStream(id, this);
  }

  get receivedOffset(): number {
    return this.#window.offset;
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
    this.#lastByte = received.bytes.at(-1) ?? this.#lastByte;
    this.#queue.push(received.bytes);
    this.#flush();
  }

  /** A repetition, as a new session brings it, changes nothing. */
  onEnd(): void {
    if (this.#endRequested) return;
    this.#endRequested = true;
    if (this.#isTerminal && this.#open) this.#queue.push(this.#typedEnd());
    this.#flush();
  }

  /** For when the process has ended: closes the descriptor, drops what waits for it and forgets the stream. */
  close(): void {
    this.#closeFd();
    this.#channel.closeStream(this.#id);
  }

  #closeFd(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#window.consume(this.#queue.lengthBytes);
    this.#queue.clear();
    this.#watch.close();
    closeSync(this.#fd);
  }

  /** In the middle of a line the first one only hands over the line. */
  #typedEnd(): Buffer {
    const isLineStart = this.#lastByte === lineFeed || this.#lastByte === endOfFile;
    return Buffer.alloc(isLineStart ? 1 : 2, endOfFile);
  }

  #flush(): void {
    if (!this.#open) return;
    for (let bytes = this.#queue.first; bytes !== undefined; bytes = this.#queue.first) {
      const written = this.#writeSome(bytes);
      if (written === undefined) return;
      if (written === -1) break;
      // A typed end is counted too; no credit is asked for behind it.
      this.#window.consume(written);
      this.#queue.drop(written);
    }
    this.#grant();
    if (this.#queue.lengthBytes > 0) this.#watch.update(fdEvents.writable);
    else if (this.#endRequested && !this.#isTerminal) this.#closeFd();
    else this.#watch.update(0);
  }

  /** `undefined` when the reader is gone (EPIPE, EIO) and the sink has closed. */
  #writeSome(bytes: Buffer): number | undefined {
    try {
      return this.#native.writeSome(this.#fd, bytes);
    } catch {
      this.#closeFd();
      this.#grant();
      return undefined;
    }
  }

  #grant(): void {
    const limit = this.#window.nextCredit();
    if (limit !== undefined) this.#channel.sendCredit(this.#id, limit);
  }
}
