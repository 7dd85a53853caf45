import { connect, type Socket } from 'node:net';
import type * as z from 'zod';
import { FirstbornError } from '../../protocol/errors.ts';
import { encodeControl, type Frame, FrameDecoder } from '../../protocol/frame.ts';
import { parseJsonWith } from '../../protocol/parse.ts';
import { type MonitorRequest, MonitorResponse } from '../monitor/api.ts';
import { untilAborted } from './abort.ts';
import { RequestRefusal } from './request-refusal.ts';

/** A request without its number. */
export type RequestBody<Request = z.input<typeof MonitorRequest>> = Request extends unknown
  ? Omit<Request, 'id'>
  : never;

interface OpenRequest {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/**
 * One connection to a machine's monitor. Requests are answered in any order; a streaming method has the
 * connection for itself, and `onFrame` gets what comes behind its answer. Frames that arrive while nobody
 * listens to them are dropped, so `onFrame` is set before the request is sent.
 */
export class MonitorConnection {
  readonly socket: Socket;
  /** Gets every frame that is no response. */
  onFrame: (frame: Frame) => void = () => {};
  readonly #decoder = new FrameDecoder();
  readonly #open = new Map<number, OpenRequest>();
  readonly #closed = Promise.withResolvers<FirstbornError>();
  #lastId = 0;
  #failure: FirstbornError | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (piece) => this.#receive(piece as Buffer));
    socket.on('error', (cause) => this.#fail('Lost the connection to the monitor', cause));
    socket.on('close', () => this.#fail('Lost the connection to the monitor'));
  }

  /**
   * Connects to the socket of a monitor that runs. The caller closes the connection. Rejects with the error of
   * connect(2) when there is none, and with the signal's reason.
   */
  static async open(socketPath: string, signal: AbortSignal | undefined): Promise<MonitorConnection> {
    signal?.throwIfAborted();
    const socket = connect(socketPath);
    const connected = new Promise<MonitorConnection>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.removeListener('error', reject);
        resolve(new MonitorConnection(socket));
      });
    });
    return await untilAborted(connected, signal, () => socket.destroy());
  }

  /** Resolves, never rejects, with the reason when the connection has ended, on whichever side. */
  get closed(): Promise<FirstbornError> {
    return this.#closed.promise;
  }

  /**
   * Sends a request and waits for its answer. Rejects with a RequestRefusal, with code `channel` when the
   * connection ends first, and with the signal's reason; the connection is of no further use after that.
   */
  async request(body: RequestBody, signal?: AbortSignal): Promise<unknown> {
    if (this.#failure !== undefined) throw this.#failure;
    const id = (this.#lastId += 1);
    const answer = new Promise<unknown>((resolve, reject) => this.#open.set(id, { resolve, reject }));
    this.socket.write(encodeControl('request', { id, ...body }));
    return await untilAborted(answer, signal, () => this.close());
  }

  /** Ends the connection at once. */
  close(): void {
    this.socket.destroy();
  }

  #receive(piece: Buffer): void {
    for (const frame of this.#decoder.push(piece)) {
      if (frame.type === 'response') this.#answer(frame.payload);
      else this.onFrame(frame);
    }
    // A socket of this machine damages nothing: whoever listens there is no monitor.
    if (this.#decoder.skippedBytes > 0) this.#fail('Cannot understand the monitor: it sent no frame');
  }

  #answer(payload: Buffer): void {
    let response: MonitorResponse;
    try {
      response = parseJsonWith(MonitorResponse, payload.toString(), "the monitor's answer", 'channel');
    } catch (cause) {
      this.#fail('Cannot understand the monitor', cause);
      return;
    }
    const request = this.#open.get(response.id);
    this.#open.delete(response.id);
    if (response.ok) request?.resolve(response.result);
    else request?.reject(new RequestRefusal(response.error));
  }

  #fail(message: string, cause?: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = new FirstbornError('channel', message, { cause });
    for (const { reject } of this.#open.values()) reject(this.#failure);
    this.#open.clear();
    this.socket.destroy();
    this.#closed.resolve(this.#failure);
  }
}
