import { FirstbornError } from '../../protocol/errors.ts';
import { encodeControl } from '../../protocol/frame.ts';
import { defaultRequestDeadlineMs, maxOpenRequests } from '../../protocol/limits.ts';
import type { Request, RequestMethod, Response } from '../../protocol/messages.ts';
import type { FrameSink } from './frame-sink.ts';

/** The parameters of a method; `undefined` for a method without any. */
export type RequestParams<Method extends RequestMethod> =
  Extract<Request, { method: Method }> extends { params: infer Params } ? Params : undefined;

interface OpenRequest {
  method: RequestMethod;
  resolve(result: unknown): void;
  reject(error: FirstbornError): void;
  deadline: NodeJS.Timeout;
}

/** The guest gets the deadline itself; its own answer about it may take this much longer. */
const replyGraceMs = 500;

/** The requests that wait for their answers. Every one ends: by answer, by deadline or with the session. */
export class RequestBook {
  readonly #sink: FrameSink;
  readonly #open = new Map<number, OpenRequest>();
  #lastId = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * Sends a request. Resolves with the guest's result; rejects with a FirstbornError of code `guest` (error
   * reply), `timeout`, or `channel` (the session ended, too many open requests).
   */
  ask<Method extends RequestMethod>(
    method: Method,
    params: RequestParams<Method>,
    deadlineMs: number = defaultRequestDeadlineMs,
  ): Promise<unknown> {
    if (this.#open.size >= maxOpenRequests) {
      const problem = `Cannot ask the guest for "${method}": ${maxOpenRequests} requests are open already`;
      return Promise.reject(new FirstbornError('channel', problem));
    }
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const deadline = setTimeout(() => this.#expire(id, deadlineMs), deadlineMs + replyGraceMs);
    this.#open.set(id, { method, resolve, reject, deadline });
    this.#sink.send(
      encodeControl('request', { id, method, deadlineMs, ...(params === undefined ? {} : { params }) }),
    );
    return promise;
  }

  /** Takes an answer. False when nobody waits for it (any more). */
  settle(response: Response): boolean {
    const request = this.#take(response.id);
    if (request === undefined) return false;
    if (response.ok) {
      request.resolve(response.result);
    } else {
      const { code, message } = response.error;
      request.reject(
        new FirstbornError('guest', `Guest answered "${request.method}" with ${code}: ${message}`),
      );
    }
    return true;
  }

  /** The session ended: nobody will answer. */
  rejectAll(cause: FirstbornError): void {
    for (const id of this.#open.keys()) {
      const request = this.#take(id);
      request?.reject(
        new FirstbornError('channel', `Cannot get the answer to "${request.method}"`, { cause }),
      );
    }
  }

  #expire(id: number, deadlineMs: number): void {
    const request = this.#take(id);
    request?.reject(
      new FirstbornError('timeout', `Guest did not answer "${request.method}" within ${deadlineMs} ms`),
    );
  }

  #take(id: number): OpenRequest | undefined {
    const request = this.#open.get(id);
    if (request === undefined) return undefined;
    this.#open.delete(id);
    clearTimeout(request.deadline);
    return request;
  }
}
