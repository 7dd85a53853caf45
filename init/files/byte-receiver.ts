import { FirstbornError } from '../../protocol/errors.ts';
import { ReceiveWindow } from '../../protocol/stream-window.ts';
import { ByteQueue } from '../channel/byte-queue.ts';
import type { ChannelStream } from '../channel/channel-stream.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import { sessionEnded } from './byte-sender.ts';

/**
 * Receives bytes for init's own use: an async iterable of what the host sends, up to its end. Credit is granted
 * for what the iteration has passed, so at most one window waits here. For streams that are not resumed: a new
 * session, or lost bytes, end them with an error.
 */
export class ByteReceiver implements ChannelStream, AsyncIterable<Buffer> {
  readonly #channel: HostChannel;
  readonly #id: number;
  readonly #window = new ReceiveWindow();
  #isOpening = true;
  #arrival = Promise.withResolvers<void>();
  readonly #queue = new ByteQueue();
  #failure: Error | undefined;
  #hasEnded = false;
  #isDiscarding = false;

  constructor(channel: HostChannel, id: number) {
    this.#channel = channel;
    this.#id = id;
    // The channel tells a stream at once that a session is there; that is not a new one.
    channel.openStream(id, this);
    this.#isOpening = false;
  }

  onSession(): void {
    if (this.#isOpening) {
      this.#window.reopen();
      this.#grant();
    } else {
      this.fail(sessionEnded());
      this.close();
    }
  }

  onData(offset: number, bytes: Buffer): void {
    const received = this.#window.receive(offset, bytes);
    if (received.state === 'duplicate') return;
    if (received.state !== 'accepted') {
      this.#failForLoss();
    } else if (this.#isDiscarding || this.#hasEnded) {
      this.#pass(received.bytes.length);
    } else {
      this.#queue.push(received.bytes);
      this.#wake();
    }
  }

  onEnd(offset: number): void {
    if (offset !== this.#window.offset) this.#failForLoss();
    this.#hasEnded = true;
    if (this.#isDiscarding) this.close();
    this.#wake();
  }

  /** From now on the iteration rejects with `error`; what waits is dropped. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#queue.clear();
    this.#wake();
  }

  /** Takes what still comes and drops it, so that a host that writes first and asks later does get to asking. */
  discard(): void {
    if (this.#hasEnded) {
      this.close();
      return;
    }
    this.#isDiscarding = true;
    const waitingBytes = this.#queue.lengthBytes;
    this.#queue.clear();
    this.#pass(waitingBytes);
  }

  /** Gives up the stream. Repeatable. */
  close(): void {
    this.#channel.closeStream(this.#id);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const bytes = this.#queue.shift();
      if (bytes !== undefined) {
        yield bytes;
        this.#pass(bytes.length);
      } else if (this.#hasEnded) return;
      else await this.#arrival.promise;
    }
  }

  #pass(lengthBytes: number): void {
    this.#window.consume(lengthBytes);
    this.#grant();
  }

  #failForLoss(): void {
    this.fail(new FirstbornError('channel', 'Cannot go on with the copy: a part of its archive was lost'));
  }

  #grant(): void {
    const limit = this.#window.nextCredit();
    if (limit !== undefined) this.#channel.sendCredit(this.#id, limit);
  }

  #wake(): void {
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers();
  }
}
