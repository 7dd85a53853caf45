import { defaultRequestDeadlineMs, maxOpenRequests } from '../../protocol/limits.ts';
import { type ErrorReplyCode, Request, type RequestMethod, type Response } from '../../protocol/messages.ts';
import { withinDeadline } from '../boot/deadline.ts';
import { describeError } from '../../protocol/errors.ts';
import { describeIssues } from '../../protocol/parse.ts';
import { shortText } from './short-text.ts';

type RequestOf<Method extends RequestMethod> = Extract<Request, { method: Method }>;

/** What the guest does for each request; the value is the reply's result. Closed over the methods. */
export type RequestHandlers = {
  [Method in RequestMethod]: (request: RequestOf<Method>) => unknown;
};

const knownMethods = new Set<unknown>(
  Request.def.options.map((option) => option.def.shape.method.def.values[0]),
);

/** An error reply a handler can throw to choose the code. */
export class RequestRefusal extends Error {
  override readonly name = 'RequestRefusal';
  readonly code: ErrorReplyCode;

  constructor(code: ErrorReplyCode, message: string) {
    super(message);
    this.code = code;
  }
}

function refuse(id: number, code: ErrorReplyCode, message: string): Response {
  return { id, ok: false, error: { code, message: shortText(message) } };
}

/** Finds the id of a request that can't be read, so that its sender at least learns why. */
function idOf(value: unknown): number {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : 0;
}

function methodOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'method' in value ? value.method : undefined;
}

/** Answers the requests of one guest: checks, runs with a deadline, never throws. */
export class RequestDesk {
  readonly #handlers: RequestHandlers;
  #open = 0;

  constructor(handlers: RequestHandlers) {
    this.#handlers = handlers;
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
    } else if (this.#open >= maxOpenRequests) {
      reply(refuse(parsed.data.id, 'busy', `Cannot open more than ${maxOpenRequests} requests at once`));
    } else {
      this.#open += 1;
      void this.#answer(parsed.data).then((response) => {
        this.#open -= 1;
        reply(response);
      });
    }
  }

  #refuseUnread(value: unknown, reasons: string): Response {
    const method = methodOf(value);
    if (typeof method === 'string' && !knownMethods.has(method)) {
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
      const code = error instanceof RequestRefusal ? error.code : 'failed';
      return refuse(request.id, code, describeError(error));
    }
  }

  async #handle(request: Request): Promise<unknown> {
    switch (request.method) {
      case 'ping':
        return this.#handlers.ping(request);
      case 'acknowledge':
        return this.#handlers.acknowledge(request);
      case 'stop':
        return this.#handlers.stop(request);
      default:
        return request satisfies never;
    }
  }
}
