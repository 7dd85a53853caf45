import { FirstbornError } from '../../protocol/errors.ts';
import { maxStreamChunkBytes } from '../../protocol/limits.ts';
import { SendWindow } from '../../protocol/stream-window.ts';
import type { ChannelStream } from '../channel/channel-stream.ts';
import type { HostChannel } from '../channel/host-channel.ts';

/** Why a copy does not outlive the session in which it was asked for. */
export function sessionEnded(): FirstbornError {
  return new FirstbornError('channel', 'Cannot go on with the copy: its host session has ended');
}

/**
 * Sends bytes of init's own to the host, as fast as the host grants credit and the transport takes them. For
 * streams that are not resumed: a new session ends them.
 */
export class ByteSender implements ChannelStream {
  readonly #channel: HostChannel;
  readonly #id: number;
  readonly #window = new SendWindow();
  #isOpening = true;
  #room = Promise.withResolvers<void>();
  #failure: Error | undefined;
  #isOpen = true;

  constructor(channel: HostChannel, id: number) {
    this.#channel = channel;
    this.#id = id;
    // The channel tells a stream at once that a session is there; that is not a new one.
    channel.openStream(id, this);
    this.#isOpening = false;
  }

  onSession(): void {
    if (!this.#isOpening) this.fail(sessionEnded());
  }

  onCredit(limit: number): void {
    this.#window.grant(limit);
    this.#makeRoom();
  }

  onDrained(): void {
    this.#makeRoom();
  }

  /** Resolves when the transport has taken all of `bytes`, which may then be used again. Rejects after `fail`. */
  async write(bytes: Buffer): Promise<void> {
    for (let rest = bytes; rest.length > 0; ) {
      await this.#waitForRoom();
      const piece = rest.subarray(0, Math.min(this.#window.available, maxStreamChunkBytes));
      this.#channel.sendData(this.#id, this.#window.advance(piece.length), piece);
      rest = rest.subarray(piece.length);
    }
  }

  /** From now on every write rejects with `error`, one that waits for credit too. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#makeRoom();
  }

  /** Tells the host that nothing more comes, whole or not, and gives up the stream. Repeatable. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#channel.sendEnd(this.#id, this.#window.offset);
    this.#channel.closeStream(this.#id);
  }

  async #waitForRoom(): Promise<void> {
    while (this.#failure === undefined && (this.#window.available === 0 || this.#channel.congested)) {
      await this.#room.promise;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #makeRoom(): void {
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }
}
