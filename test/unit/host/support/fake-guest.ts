import { type Duplex, duplexPair } from 'node:stream';
import {
  encodeControl,
  encodeData,
  encodeFrame,
  encodeOffset,
  type Frame,
  FrameDecoder,
  type FrameTypeName,
} from '../../../../protocol/frame.ts';

interface Waiter {
  type: FrameTypeName;
  resolve(frame: Frame): void;
}

/** The guest's end of a channel, played by a test: says what it is told to and keeps what it hears. */
export class FakeGuest {
  /** The host's end. */
  readonly transport: Duplex;
  readonly #side: Duplex;
  readonly #decoder = new FrameDecoder();
  readonly #unread: Frame[] = [];
  #waiters: Waiter[] = [];

  constructor() {
    const [host, guest] = duplexPair();
    this.transport = host;
    this.#side = guest;
    guest.on('data', (piece: Buffer) => {
      for (const frame of this.#decoder.push(piece)) this.#take(frame);
    });
  }

  /** The next frame of a type, waiting for it if need be. Frames of other types stay for later. */
  next(type: FrameTypeName): Promise<Frame> {
    const index = this.#unread.findIndex((frame) => frame.type === type);
    const [frame] = index === -1 ? [] : this.#unread.splice(index, 1);
    if (frame !== undefined) return Promise.resolve(frame);
    return new Promise((resolve) => this.#waiters.push({ type, resolve }));
  }

  /** The next control frame of a type, read as JSON. */
  async nextMessage(type: FrameTypeName): Promise<Record<string, unknown>> {
    return JSON.parse((await this.next(type)).payload.toString()) as Record<string, unknown>;
  }

  /** How many frames of a type have come and not been taken. */
  count(type: FrameTypeName): number {
    return this.#unread.filter((frame) => frame.type === type).length;
  }

  write(bytes: Uint8Array): void {
    this.#side.write(bytes);
  }

  say(type: FrameTypeName, message: unknown): void {
    this.write(encodeControl(type, message));
  }

  sendData(stream: number, offset: number, bytes: Uint8Array): void {
    this.write(encodeData(stream, offset, bytes));
  }

  sendOffset(type: 'credit' | 'end', stream: number, offset: number): void {
    this.write(encodeFrame(type, stream, encodeOffset(offset)));
  }

  /** Answers the next hello. */
  async welcome(changes: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const hello = await this.nextMessage('hello');
    this.say('welcome', welcomeFor(hello['session'], changes));
    return hello;
  }

  /** Answers a request as done. */
  async acceptRequest(): Promise<Record<string, unknown>> {
    const request = await this.nextMessage('request');
    this.say('response', { id: request['id'], ok: true });
    return request;
  }

  hangUp(): void {
    this.#side.end();
  }

  #take(frame: Frame): void {
    const waiter = this.#waiters.find(({ type }) => type === frame.type);
    if (waiter === undefined) {
      this.#unread.push(frame);
      return;
    }
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
    waiter.resolve(frame);
  }
}

export function welcomeFor(session: unknown, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { protocol: 1, session, features: [], bootId: 'boot-1', initVersion: '0.1.0', ...changes };
}

/** A `ready` event as a guest sends it. */
export function readyEvent(sequence: number): Record<string, unknown> {
  return {
    sequence,
    timeMs: 900,
    event: 'ready',
    container: 'main',
    pid: 42,
    kernel: '6.1.0-test',
    loadedModules: 5,
    memory: { totalKiB: 500_000, availableKiB: 400_000 },
    timeline: [{ name: 'early', startMs: 800.25, endMs: 803 }],
  };
}

/** An `exit` event as a guest sends it. */
export function exitEvent(sequence: number, code: number): Record<string, unknown> {
  return { sequence, timeMs: 1000, event: 'exit', container: 'main', code, reason: 'exited' };
}
