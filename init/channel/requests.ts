import { encodeControl, encodeFrame } from '../../protocol/frame.ts';
import { defaultRequestDeadlineMs, maxFramePayloadBytes, maxOpenRequests } from '../../protocol/limits.ts';
import {
  type ErrorReplyCode,
  type FailedOperation,
  Request,
  type RequestMethod,
  requestMethods,
  type Response,
} from '../../protocol/messages.ts';
import { withinDeadline } from '../boot/deadline.ts';
import { describeError } from '../../protocol/errors.ts';
import { describeIssues } from '../../protocol/parse.ts';
import { shortText } from './short-text.ts';

type RequestOf<Method extends RequestMethod> = Extract<Request, { method: Method }>;

/** What the guest does for each request; the value is the reply's result. Closed over the methods. */
export type RequestHandlers = {
  [Method in RequestMethod]: (request: RequestOf<Method>) => unknown;
};

/** What an error reply may say beyond code and message. */
export interface RefusalDetails {
  failed?: FailedOperation;
  exitCode?: number;
}

/** An error reply a handler can throw to choose the code. */
export class RequestRefusal extends Error {
  override readonly name = 'RequestRefusal';
  readonly code: ErrorReplyCode;
  readonly details: RefusalDetails;

  constructor(code: ErrorReplyCode, message: string, details: RefusalDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

function refuse(id: number, code: ErrorReplyCode, message: string, details: RefusalDetails = {}): Response {
  return { id, ok: false, error: { code, message: shortText(message), ...details } };
}

/** Finds the id of a request that can't be read, so that its sender at least learns why. */
function idOf(value: unknown): number {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : 0;
}

function isKnownMethod(method: string): boolean {
  return requestMethods.some((known) => known === method);
}

function methodOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'method' in value ? value.method : undefined;
}

/** Encodes a reply. A result that no frame can carry becomes an error reply. */
export function encodeResponse(response: Response): Buffer {
  const payload = Buffer.from(JSON.stringify(response));
  if (payload.length <= maxFramePayloadBytes) return encodeFrame('response', 0, payload);
  const problem = `Cannot send a result of ${payload.length} bytes, at most ${maxFramePayloadBytes}`;
  return encodeControl('response', refuse(response.id, 'failed', problem));
}

/** Under way, those of hosts that have gone included: nobody may pile them up by coming again and again. */
const maxUnfinishedRequests = 4 * maxOpenRequests;

/** Answers the requests of one guest: checks, runs with a deadline, never throws. */
export class RequestDesk {
  readonly #handlers: RequestHandlers;
  #open = 0;
  /** Under way for sessions that are over. */
  #abandoned = 0;
  #session = 0;

  constructor(handlers: RequestHandlers) {
    this.#handlers = handlers;
  }

  /** What is under way is nobody's any more, and must not be in the way of the next host's. */
  beginSession(): void {
    this.#session += 1;
    this.#abandoned += this.#open;
    this.#open = 0;
  }

  /** Takes a request's JSON text. `reply` is called exactly once, now or later. */
  take(text: string, reply: (response: Response) => void): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      reply(refuse(0, 'bad-request', 'Cannot parse the request as JSON'));
      return;
    }
    const parsed = Request.safeParse(value);
    if (!parsed.success) {
      reply(this.#refuseUnread(value, describeIssues(parsed.error.issues)));
    } else if (this.#open >= maxOpenRequests || this.#open + this.#abandoned >= maxUnfinishedRequests) {
      reply(refuse(parsed.data.id, 'busy', `Cannot open more than ${maxOpenRequests} requests at once`));
    } else {
      const session = this.#session;
      this.#open += 1;
      void this.#answer(parsed.data).then((response) => {
        if (session === this.#session) this.#open -= 1;
        else this.#abandoned -= 1;
        reply(response);
      });
    }
  }

  #refuseUnread(value: unknown, reasons: string): Response {
    const method = methodOf(value);
    if (typeof method === 'string' && !isKnownMethod(method)) {
      return refuse(idOf(value), 'unknown-method', `Cannot answer the method "${method.slice(0, 64)}"`);
    }
    return refuse(idOf(value), 'bad-request', `Cannot accept the request: ${reasons}`);
  }

  async #answer(request: Request): Promise<Response> {
    const deadlineMs = request.deadlineMs ?? defaultRequestDeadlineMs;
    try {
      const outcome = await withinDeadline(this.#handle(request), deadlineMs);
      if (outcome.state === 'late') {
        return refuse(request.id, 'deadline', `Cannot finish "${request.method}" within ${deadlineMs} ms`);
      }
      return { id: request.id, ok: true, ...(outcome.value === undefined ? {} : { result: outcome.value }) };
    } catch (error) {
      if (!(error instanceof RequestRefusal)) return refuse(request.id, 'failed', describeError(error));
      return refuse(request.id, error.code, describeError(error), error.details);
    }
  }

  async #handle(request: Request): Promise<unknown> {
    // The schema has checked that the request is one of its method; the compiler can't follow that.
    const handler = this.#handlers[request.method] as (one: Request) => unknown;
    return await handler(request);
  }
}
