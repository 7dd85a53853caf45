import { createServer, type Socket } from 'node:net';
import { decodeOffset, encodeControl, type Frame, FrameDecoder } from '../../../protocol/frame.ts';
import type { Hello } from '../../../protocol/messages.ts';
import type { GuestSink } from './guest-output.ts';

export interface LinkHandlers {
  /** A new session: streams and events begin to be told again. Returns the offsets for the welcome. */
  opened(hello: Hello): Record<string, number>;
  /** After the welcome. */
  welcomed(hello: Hello): void;
  request(request: GuestRequest): void;
  stream(type: 'data' | 'end' | 'credit', stream: number, offset: number, bytes: Buffer): void;
}

export interface GuestRequest {
  id: number;
  method: string;
  params: Record<string, unknown>;
}

export interface LinkOptions {
  socketPath: string;
  bootId: string;
  features: readonly string[];
  /** Says nothing at all, or that it does not understand. */
  manner: 'normal' | 'deaf' | 'refuse';
}

/** The fake VM's end of the channel's socket: one host at a time, one session at a time. */
export class GuestLink implements GuestSink {
  readonly #options: LinkOptions;
  readonly #handlers: LinkHandlers;
  #socket: Socket | undefined;
  #session = '';

  constructor(options: LinkOptions, handlers: LinkHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    createServer((socket) => this.#accept(socket)).listen(options.socketPath);
  }

  /** A host that has left counts as away at once, so that tests need not wait. */
  get isAway(): boolean {
    return this.#session !== '' && this.#socket === undefined;
  }

  send(frame: Buffer): void {
    if (this.#session !== '') this.#socket?.write(frame);
  }

  /** Calls back when everything sent has left. */
  flush(done: () => void): void {
    if (this.#socket === undefined) done();
    else this.#socket.end(done);
  }

  #accept(socket: Socket): void {
    this.#socket?.destroy();
    this.#socket = socket;
    const decoder = new FrameDecoder();
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
    socket.on('data', (piece) => {
      for (const frame of decoder.push(piece as Buffer)) this.#take(frame);
    });
  }

  #take({ type: frameType, stream, payload }: Frame): void {
    switch (frameType) {
      case 'hello':
        this.#hello(JSON.parse(payload.toString()) as Hello);
        break;
      case 'request':
        this.#handlers.request(JSON.parse(payload.toString()) as GuestRequest);
        break;
      case 'data':
      case 'end':
      case 'credit':
        this.#handlers.stream(frameType, stream, decodeOffset(payload) ?? 0, payload.subarray(8));
        break;
      case 'welcome':
      case 'refuse':
      case 'response':
      case 'event':
      case 'sample':
        throw new Error(`Cannot take a "${frameType}" frame from a host`);
      default:
        frameType satisfies never;
    }
  }

  #hello(hello: Hello): void {
    const { manner, bootId, features } = this.#options;
    if (manner === 'deaf') return;
    if (manner === 'refuse') {
      const refusal = {
        session: hello.session,
        code: 'version',
        message: 'too new',
        protocol: { min: 2, max: 2 },
      };
      this.#socket?.write(encodeControl('refuse', refusal));
      return;
    }
    const isNew = hello.session !== this.#session;
    this.#session = hello.session;
    const streams = isNew ? this.#handlers.opened(hello) : {};
    const welcome = { protocol: 1, session: hello.session, features, bootId, initVersion: 'fake', streams };
    this.#socket?.write(encodeControl('welcome', welcome));
    if (isNew) this.#handlers.welcomed(hello);
  }
}
