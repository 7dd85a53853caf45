import {
  decodeOffset,
  encodeControl,
  encodeData,
  encodeFrame,
  encodeOffset,
  type Frame,
  FrameDecoder,
} from '../../protocol/frame.ts';
import type { Event, Hello, Response } from '../../protocol/messages.ts';
import type { FakeNative } from './fake-native.ts';
import type { FakePort } from './fake-port.ts';

/** A stream frame without its encoding. */
export interface StreamFrame {
  type: 'data' | 'end' | 'credit';
  stream: number;
  offset: number | undefined;
  bytes: Buffer;
}

/**
 * The host's end of a channel whose guest is under test. Every method that sends lets the guest work until
 * it rests; what it answered stays in `frames` until `takeFrames`.
 */
export class FakeHost {
  readonly frames: Frame[] = [];
  readonly #native: FakeNative;
  readonly #port: FakePort;
  #decoder = new FrameDecoder();

  constructor(native: FakeNative, port: FakePort) {
    this.#native = native;
    this.#port = port;
  }

  /** Opens a session; `letter` makes its nonce. */
  hello(letter: string, changes: Partial<Hello> = {}): void {
    this.send(
      encodeControl('hello', {
        protocol: { min: 1, max: 1 },
        session: letter.repeat(16),
        features: [],
        ...changes,
      }),
    );
  }

  /** What a host says that has nothing to say. */
  ping(): void {
    this.request({ id: 1, method: 'ping' });
  }

  request(message: unknown): void {
    this.send(encodeControl('request', message));
  }

  credit(stream: number, limit: number): void {
    this.send(encodeFrame('credit', stream, encodeOffset(limit)));
  }

  data(stream: number, offset: number, text: string | Uint8Array): void {
    this.send(encodeData(stream, offset, typeof text === 'string' ? Buffer.from(text) : text));
  }

  end(stream: number, offset: number): void {
    this.send(encodeFrame('end', stream, encodeOffset(offset)));
  }

  send(bytes: Uint8Array): void {
    this.#port.write(bytes);
    this.settle();
  }

  /** Lets the guest work and takes what it sends. */
  settle(): void {
    this.#native.settle();
    this.receive();
  }

  /** Takes what the guest has sent so far. */
  receive(): void {
    this.frames.push(...this.#decoder.push(this.#port.read()));
  }

  /** A host that starts anew knows nothing of what came before. */
  forget(): void {
    this.receive();
    this.frames.length = 0;
    this.#decoder = new FrameDecoder();
  }

  /** The frames so far, which are then forgotten. */
  takeFrames(): Frame[] {
    this.receive();
    return this.frames.splice(0);
  }

  takeStreamFrames(): StreamFrame[] {
    return this.takeFrames().flatMap(({ type, stream, payload }) =>
      type === 'data' || type === 'end' || type === 'credit'
        ? [{ type, stream, offset: decodeOffset(payload), bytes: payload.subarray(8) }]
        : [],
    );
  }

  /** The control messages of one type, as their JSON. */
  takeMessages(type: 'event'): Event[];
  takeMessages(type: 'response'): Response[];
  takeMessages(type: 'welcome' | 'refuse' | 'sample'): Record<string, unknown>[];
  takeMessages(type: string): unknown[] {
    return this.takeFrames()
      .filter((frame) => frame.type === type)
      .map((frame): unknown => JSON.parse(frame.payload.toString()));
  }
}
