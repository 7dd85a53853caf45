import type { Socket } from 'node:net';
import { FirstbornError } from '../../protocol/errors.ts';
import {
  encodeControl,
  encodeData,
  encodeFrame,
  encodeOffset,
  type Frame,
  FrameDecoder,
} from '../../protocol/frame.ts';
import { maxStreamChunkBytes } from '../../protocol/limits.ts';
import type { Metrics } from '../../protocol/messages.ts';
import { parseJsonWith } from '../../protocol/parse.ts';
import { GuestRefusal } from '../channel/guest-refusal.ts';
import { clientStreams, MonitorRequest, type MonitorResponse, type StreamEvent } from './api.ts';
import { describeFailure, encodeIfShort } from './client-frames.ts';

/** What a streaming method makes of its connection. */
export interface StreamHandler {
  /** Bytes for the other side; `false` asks for a pause, which `resumeInput` ends. */
  data(stream: number, bytes: Buffer): boolean;
  /** The client's stream has ended. */
  end(stream: number): void;
  /** Everything sent has left. */
  drained(): void;
  /** The client has gone; called once, nothing comes after it. */
  gone(): void;
}

export interface ConnectionHandlers {
  request(request: MonitorRequest): void;
  closed(): void;
}

/**
 * What the client's frames wait for: the answer to a request that makes the connection a stream, the stream's
 * receiver, or the client itself, which does not read its answers.
 */
type Hold = 'stream' | 'receiver' | 'answers';

/** Answers may wait for a client that does not read, up to this; then its requests wait too. */
const maxQueuedAnswerBytes = 256 * 1024;
/** How often a client whose input is held up is asked whether it is still there. */
const probeIntervalMs = 1_000;
/** A client that takes nothing for so long is not waited for any more. */
const farewellMs = 10_000;
const noBytes = Buffer.alloc(0);

/**
 * One client of the monitor: frames in, frames out. Reads no more than it can pass on, so at most a frame and
 * one piece of a socket wait here. Whatever is no frame or no request ends the connection with a `failed` event.
 */
export class ClientConnection {
  readonly #socket: Socket;
  readonly #handlers: ConnectionHandlers;
  readonly #decoder = new FrameDecoder();
  readonly #sentBytes = new Map<number, number>();
  #frames: Frame[] = [];
  #stream: StreamHandler | undefined;
  readonly #holds = new Set<Hold>();
  #isFinishing = false;
  #isGone = false;
  #probe: NodeJS.Timeout | undefined;
  #lastProgressMs = performance.now();

  constructor(socket: Socket, handlers: ConnectionHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    socket.on('data', (piece) => this.#receive(piece as Buffer));
    socket.on('drain', () => this.#drained());
    // An error is followed by 'close', and says nothing that matters here.
    socket.on('error', () => {});
    socket.on('end', () => this.#leave());
    socket.on('close', () => this.#leave());
  }

  /** Bytes that wait for the client to read. */
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  /** The client has left, or is about to be left. */
  get isOver(): boolean {
    return this.#isGone || this.#isFinishing;
  }

  get isStreaming(): boolean {
    return this.#stream !== undefined;
  }

  /** When something was last taken by the client, or sent to one that had taken all (performance.now()). */
  get lastProgressMs(): number {
    return this.#lastProgressMs;
  }

  /** A streaming method was asked for: what the client sends next waits for `startStream`, or for the refusal. */
  awaitStream(): void {
    this.#hold('stream');
  }

  /** From now on the connection belongs to a streaming method. */
  startStream(handler: StreamHandler): void {
    this.#stream = handler;
    if (this.#isGone) handler.gone();
    else this.#release('stream');
  }

  respond(id: number, result?: unknown): void {
    this.#sendResponse({ id, ok: true, ...(result === undefined ? {} : { result }) });
  }

  refuse(id: number, error: unknown): void {
    const { code, message } = describeFailure(error);
    const reply = error instanceof GuestRefusal ? { reply: error.reply } : {};
    this.#sendResponse({ id, ok: false, error: { code, message, ...reply } });
    this.#release('stream');
  }

  sendEvent(event: StreamEvent): void {
    this.#write(encodeControl('event', event));
  }

  /** Sends the event that ends a streaming method because it failed, and closes behind it. */
  fail(error: unknown): void {
    this.sendEvent({ event: 'failed', ...describeFailure(error) });
    this.finish();
  }

  sendSample(metrics: Metrics): void {
    const frame = encodeIfShort('sample', metrics);
    if (frame !== undefined) this.#write(frame);
  }

  /** Sends bytes of a stream; false when the client is to be waited for. */
  sendData(stream: number, bytes: Buffer): boolean {
    let offset = this.#sentBytes.get(stream) ?? 0;
    for (let start = 0; start < bytes.length; start += maxStreamChunkBytes) {
      const chunk = bytes.subarray(start, start + maxStreamChunkBytes);
      this.#write(encodeData(stream, offset, chunk));
      offset += chunk.length;
    }
    this.#sentBytes.set(stream, offset);
    return !this.#socket.writableNeedDrain;
  }

  sendEnd(stream: number): void {
    this.#write(encodeFrame('end', stream, encodeOffset(this.#sentBytes.get(stream) ?? 0)));
  }

  /** The stream's receiver takes bytes again. */
  resumeInput(): void {
    this.#release('receiver');
  }

  /** Nothing more to say: closes when the client has taken everything, or takes nothing for too long. */
  finish(): void {
    if (this.isOver) return;
    this.#isFinishing = true;
    this.#stopProbing();
    this.#frames = [];
    // What the client still says is read and ignored, or its close would go unnoticed.
    this.#socket.resume();
    this.#socket.end();
    const watch = setInterval(() => {
      if (performance.now() - this.#lastProgressMs > farewellMs) this.close();
    }, farewellMs / 10);
    this.#socket.once('close', () => clearInterval(watch));
  }

  /** Closes at once. */
  close(): void {
    this.#socket.destroy();
  }

  #write(frame: Buffer): void {
    if (this.isOver) return;
    if (this.#socket.writableLength === 0) this.#progress();
    this.#socket.write(frame, () => this.#progress());
  }

  #progress(): void {
    this.#lastProgressMs = performance.now();
  }

  #sendResponse(response: MonitorResponse): void {
    const error = { code: 'channel', message: 'Cannot send the answer: it is too long' } as const;
    const refusal: MonitorResponse = { id: response.id, ok: false, error };
    this.#write(encodeIfShort('response', response) ?? encodeControl('response', refusal));
    if (!this.isStreaming && this.queuedBytes > maxQueuedAnswerBytes) this.#hold('answers');
  }

  #receive(piece: Buffer): void {
    if (this.isOver) return;
    this.#frames.push(...this.#decoder.push(piece));
    this.#dispatch();
    // A socket of this machine damages nothing: whoever sends that speaks another language.
    if (this.#decoder.skippedBytes > 0 && !this.isOver) {
      this.fail(new FirstbornError('usage', 'Cannot understand the client: it sent no frame'));
    }
  }

  #dispatch(): void {
    while (this.#holds.size === 0 && !this.isOver) {
      const frame = this.#frames.shift();
      if (frame === undefined) return;
      try {
        this.#take(frame);
      } catch (error) {
        this.fail(error);
      }
    }
  }

  #take({ type: frameType, stream, payload }: Frame): void {
    switch (frameType) {
      case 'request':
        this.#handlers.request(parseJsonWith(MonitorRequest, payload.toString(), 'a request', 'usage'));
        return;
      case 'data':
        if (this.#stream?.data(stream, payload.subarray(8)) === false) this.#hold('receiver');
        return;
      case 'end':
        this.#stream?.end(stream);
        return;
      case 'hello':
      case 'welcome':
      case 'refuse':
      case 'response':
      case 'event':
      case 'credit':
      case 'sample':
        throw new FirstbornError('usage', `Cannot take a "${frameType}" frame from a client`);
      default:
        frameType satisfies never;
    }
  }

  #hold(reason: Hold): void {
    this.#holds.add(reason);
    this.#socket.pause();
    this.#probe ??= setInterval(() => this.#probeClient(), probeIntervalMs);
  }

  #release(reason: Hold): void {
    if (!this.#holds.delete(reason) || this.#holds.size > 0 || this.isOver) return;
    this.#stopProbing();
    this.#dispatch();
    if (this.#holds.size === 0) this.#socket.resume();
  }

  /**
   * A socket that is not read does not show that its other side has closed, so the client is written to: a
   * data frame without data, which fails once nobody is there.
   */
  #probeClient(): void {
    if (this.queuedBytes === 0 && this.isStreaming) {
      this.#write(encodeData(clientStreams.output, this.#sentBytes.get(clientStreams.output) ?? 0, noBytes));
    }
  }

  #stopProbing(): void {
    clearInterval(this.#probe);
    this.#probe = undefined;
  }

  #drained(): void {
    if (this.#isGone) return;
    this.#release('answers');
    this.#stream?.drained();
  }

  #leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#stopProbing();
    this.#frames = [];
    this.#socket.destroy();
    this.#stream?.gone();
    this.#handlers.closed();
  }
}
