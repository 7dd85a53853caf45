import { FirstbornError } from '../../protocol/errors.ts';
import { encodeFrame } from '../../protocol/frame.ts';
import { defaultRequestDeadlineMs, maxFramePayloadBytes, maxOpenRequests } from '../../protocol/limits.ts';
import type { Response } from '../../protocol/messages.ts';
import type { FrameSink } from './frame-sink.ts';
import { GuestRefusal } from './guest-refusal.ts';
import {
  parseResult,
  type RequestMethod,
  type RequestParams,
  type RequestResult,
} from './request-methods.ts';

export interface RequestOptions {
  /** From the call to the answer, time in the queue included. */
  deadlineMs?: number;
  /** Gives the answer up; a request that the guest has may be done all the same. */
  signal?: AbortSignal;
}

/** Asks the guest; see RequestBook.ask. */
export type AskGuest = <Method extends RequestMethod>(
  method: Method,
  params: RequestParams<Method>,
  options?: RequestOptions,
) => Promise<RequestResult<Method>>;

interface Entry {
  readonly id: number;
  readonly method: RequestMethod;
  readonly frame: Buffer;
  /** How many requests had been sent with this one; `undefined` while it waits for its turn. */
  order: number | undefined;
  resolve(result: unknown): void;
  reject(error: unknown): void;
  /** Stops the timer and the signal's listener. */
  release(): void;
}

/** Requests that may wait for one of the guest's places. */
const maxWaitingRequests = 1024;
/** Places that ordinary requests leave free, so that the conversation about the session itself never waits. */
const urgentPlaces = 8;
const urgentMethods: ReadonlySet<RequestMethod> = new Set(['acknowledge', 'ping']);
/** The guest gets the deadline itself; its own answer about it may take this much longer. */
const replyGraceMs = 500;
/** The longest time that setTimeout takes. */
const maxTimerMs = 0x7fff_ffff;

/** The requests that wait for their answers. Every one ends: by answer, by deadline or with the session. */
export class RequestBook {
  readonly #sink: Pick<FrameSink, 'send'>;
  /** By id, what was sent and what waits. */
  readonly #entries = new Map<number, Entry>();
  #urgent: Entry[] = [];
  #waiting: Entry[] = [];
  #openCount = 0;
  #lastId = 0;
  #sentCount = 0;

  constructor(sink: Pick<FrameSink, 'send'>) {
    this.#sink = sink;
  }

  /** Requests sent so far; see FrameSink. */
  get sentCount(): number {
    return this.#sentCount;
  }

  /** Requests without an answer, sent or not. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Sends a request, or queues it while the guest has as many open as it allows. Resolves with the checked
   * result; rejects with a GuestRefusal (error reply), with a FirstbornError of code `timeout`, `usage` (too
   * big for a frame; nothing is sent) or `channel` (the session ended, the queue is full, an answer that no
   * schema accepts), and with the signal's reason.
   */
  async ask<Method extends RequestMethod>(
    method: Method,
    params: RequestParams<Method>,
    { deadlineMs = defaultRequestDeadlineMs, signal }: RequestOptions = {},
  ): Promise<RequestResult<Method>> {
    signal?.throwIfAborted();
    this.#lastId += 1;
    const id = this.#lastId;
    const frame = encodeRequest({ id, method, deadlineMs, ...(params === undefined ? {} : { params }) });
    if (this.#waiting.length + this.#urgent.length >= maxWaitingRequests) {
      const problem = `Cannot ask the guest for "${method}": ${maxWaitingRequests} requests are waiting already`;
      throw new FirstbornError('channel', problem);
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = setTimeout(
      () => this.#expire(id, deadlineMs),
      Math.min(deadlineMs + replyGraceMs, maxTimerMs),
    );
    const abort = (): void => this.#abort(id, signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const release = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const entry: Entry = { id, method, frame, order: undefined, resolve, reject, release };
    this.#entries.set(id, entry);
    (urgentMethods.has(method) ? this.#urgent : this.#waiting).push(entry);
    this.#sendNext();
    return (await promise) as RequestResult<Method>;
  }

  /**
   * Takes an answer. Returns the place of its request among all that were sent (see `sentCount`), `undefined`
   * when nobody waits for it (any more).
   */
  settle(response: Response): number | undefined {
    const entry = this.#entries.get(response.id);
    if (entry?.order === undefined) return undefined;
    this.#remove(entry);
    try {
      if (!response.ok) throw new GuestRefusal(entry.method, response.error);
      entry.resolve(parseResult(entry.method, response.result));
    } catch (error) {
      entry.reject(error);
    }
    this.#sendNext();
    return entry.order;
  }

  /** The session ended: nobody will answer. */
  rejectAll(cause: FirstbornError): void {
    this.#urgent = [];
    this.#waiting = [];
    for (const entry of this.#entries.values()) {
      this.#remove(entry);
      entry.reject(new FirstbornError('channel', `Cannot get the answer to "${entry.method}"`, { cause }));
    }
  }

  #sendNext(): void {
    while (this.#openCount < maxOpenRequests) {
      const hasOrdinaryPlace = this.#openCount < maxOpenRequests - urgentPlaces;
      const entry = this.#urgent.shift() ?? (hasOrdinaryPlace ? this.#waiting.shift() : undefined);
      if (entry === undefined) return;
      this.#sentCount += 1;
      this.#openCount += 1;
      entry.order = this.#sentCount;
      this.#sink.send(entry.frame);
    }
  }

  #expire(id: number, deadlineMs: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#remove(entry);
    entry.reject(
      new FirstbornError('timeout', `Guest did not answer "${entry.method}" within ${deadlineMs} ms`),
    );
    this.#sendNext();
  }

  #abort(id: number, reason: unknown): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    // What was sent keeps its place until the guest has answered: there it is still open.
    if (entry.order === undefined) this.#remove(entry);
    entry.reject(reason);
  }

  #remove(entry: Entry): void {
    entry.release();
    this.#entries.delete(entry.id);
    if (entry.order !== undefined) {
      this.#openCount -= 1;
      return;
    }
    this.#urgent = this.#urgent.filter((other) => other !== entry);
    this.#waiting = this.#waiting.filter((other) => other !== entry);
  }
}

function encodeRequest(request: { id: number; method: RequestMethod; deadlineMs: number }): Buffer {
  const payload = Buffer.from(JSON.stringify(request));
  if (payload.length > maxFramePayloadBytes) {
    const size = `the request takes ${payload.length} bytes, at most ${maxFramePayloadBytes}`;
    throw new FirstbornError('usage', `Cannot ask the guest for "${request.method}": ${size}`);
  }
  return encodeFrame('request', 0, payload);
}
