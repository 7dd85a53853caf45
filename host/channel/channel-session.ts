import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type * as z from 'zod/mini';
import { FirstbornError } from '../../protocol/errors.ts';
import { encodeControl, type Frame, FrameDecoder, frameStallMs } from '../../protocol/frame.ts';
import { maxQueuedFrameBytes } from '../../protocol/limits.ts';
import { type Hello, protocolVersions, Refuse, Welcome } from '../../protocol/messages.ts';
import { parseJsonWith } from '../../protocol/parse.ts';

/** What a session tells its owner. All are called from the event loop, never from a method of the session. */
export interface SessionHandlers {
  opened(welcome: Welcome): void;
  /** A frame of the open session, in order of arrival. */
  frame(frame: Frame): void;
  /** After `writable` was false it is true again. */
  writable(): void;
  /** Something was ignored: a message that no schema accepts. */
  ignored(problem: FirstbornError): void;
  /** The last call. After `lost` another transport may serve; after `refused` it would not help. */
  ended(how: 'lost' | 'refused', cause: FirstbornError): void;
}

export interface SessionOptions {
  /** Events up to this sequence number have been taken already. */
  acknowledged: number;
  /** Where this host is in the guest's streams, by stream id. */
  takenOffsets: ReadonlyMap<number, number>;
  helloIntervalMs?: number;
}

/** How often a guest that has not answered yet is greeted again. */
const defaultHelloIntervalMs = 250;

/**
 * One session on one transport: greets until the guest welcomes this session's nonce, then hands on frames.
 *
 * Until then everything but the answer is skipped: the port may still hold the end of an earlier session,
 * and whatever a kernel printed before the guest took a console over. A later transport gets a new session,
 * hence a new nonce; streams, requests and events live above (channel-client.ts).
 */
export class ChannelSession {
  readonly nonce = randomBytes(16).toString('hex');
  readonly #transport: Duplex;
  readonly #handlers: SessionHandlers;
  readonly #decoder = new FrameDecoder();
  readonly #hello: Buffer;
  #greeting: NodeJS.Timeout | undefined;
  #state: 'greeting' | 'open' | 'ended' = 'greeting';
  #wasCongested = false;

  /** Takes the transport over and greets at once; closing the session destroys it. */
  constructor(transport: Duplex, handlers: SessionHandlers, options: SessionOptions) {
    this.#transport = transport;
    this.#handlers = handlers;
    this.#hello = encodeControl('hello', {
      protocol: protocolVersions,
      session: this.nonce,
      features: [],
      acknowledged: options.acknowledged,
      streams: Object.fromEntries(options.takenOffsets),
    } satisfies Hello);
    transport.on('data', (piece: Buffer) => this.#receive(piece));
    transport.on('drain', () => this.#drained());
    transport.on('error', (cause) =>
      this.#end('lost', new FirstbornError('channel', 'Lost the channel to the guest', { cause })),
    );
    // Without an error: the monitor ended, or closed its side.
    const gone = (): void =>
      this.#end('lost', new FirstbornError('channel', 'Lost the channel to the guest'));
    transport.on('end', gone);
    transport.on('close', gone);
    this.#greet();
    this.#greeting = setInterval(() => this.#greet(), options.helloIntervalMs ?? defaultHelloIntervalMs);
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get writable(): boolean {
    const writable = this.isOpen && this.#transport.writableLength < maxQueuedFrameBytes;
    if (!writable) this.#wasCongested = true;
    return writable;
  }

  /** Something waits for the transport: the other side takes nothing at the moment. */
  get hasBacklog(): boolean {
    return this.#transport.writableLength > 0;
  }

  /** Bytes that were no frame; a console shows some, a port none. */
  get skippedBytes(): number {
    return this.#decoder.skippedBytes;
  }

  send(frame: Buffer): void {
    if (this.#state === 'open') this.#transport.write(frame);
  }

  /** Ends the session without telling the handlers: its owner knows. */
  close(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    clearInterval(this.#greeting);
    this.#transport.destroy();
  }

  #greet(): void {
    // A greeting that still waits says the same; a second one would only fill memory.
    if (this.#transport.writableLength === 0) this.#transport.write(this.#hello);
    this.#lookIntoStalledFrame();
  }

  /** The half of a frame that an earlier session left behind must not swallow the answers to this one. */
  #lookIntoStalledFrame(): void {
    if (this.#decoder.incompleteForMs < frameStallMs) return;
    this.#take(this.#decoder.takeInside('welcome'));
    this.#take(this.#decoder.takeInside('refuse'));
  }

  #drained(): void {
    if (!this.isOpen || !this.#wasCongested) return;
    this.#wasCongested = false;
    this.#handlers.writable();
  }

  #receive(piece: Buffer): void {
    this.#take(this.#decoder.push(piece));
  }

  #take(frames: Frame[]): void {
    for (const frame of frames) {
      if (this.#state === 'ended') return;
      if (this.#state === 'greeting') this.#answer(frame);
      // The guest answers each repetition of the hello; the first answer was enough.
      else if (frame.type !== 'welcome') this.#handlers.frame(frame);
    }
  }

  #answer(frame: Frame): void {
    if (frame.type === 'welcome') {
      const welcome = this.#read(Welcome, frame, 'a welcome');
      if (welcome?.session === this.nonce) this.#accept(welcome);
    } else if (frame.type === 'refuse') {
      const refuse = this.#read(Refuse, frame, 'a refusal');
      // One that an earlier host earned, or noise on the line, may still wait in the port.
      if (refuse?.session === this.nonce) this.#giveUp(refuse);
    }
  }

  /** What no schema accepts is ignored. */
  #read<Schema extends z.ZodMiniType>(
    schema: Schema,
    frame: Frame,
    what: string,
  ): z.output<Schema> | undefined {
    try {
      return parseJsonWith(schema, frame.payload.toString(), what, 'channel');
    } catch (error) {
      this.#handlers.ignored(error as FirstbornError);
      return undefined;
    }
  }

  #accept(welcome: Welcome): void {
    const { min, max } = protocolVersions;
    if (welcome.protocol < min || welcome.protocol > max) {
      this.#end(
        'refused',
        new FirstbornError(
          'channel',
          `Cannot speak the guest's protocol version ${welcome.protocol}: this host speaks ${min} to ${max}`,
        ),
      );
      return;
    }
    clearInterval(this.#greeting);
    this.#state = 'open';
    this.#handlers.opened(welcome);
  }

  #giveUp(refuse: Refuse): void {
    const { min, max } = refuse.protocol;
    this.#end(
      'refused',
      new FirstbornError(
        'channel',
        `Cannot open the channel: the guest refused (${refuse.code}, it speaks ${min} to ${max}): ${refuse.message}`,
      ),
    );
  }

  #end(how: 'lost' | 'refused', cause: FirstbornError): void {
    if (this.#state === 'ended') return;
    this.close();
    this.#handlers.ended(how, cause);
  }
}
