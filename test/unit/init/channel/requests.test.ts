import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestDesk, type RequestHandlers, RequestRefusal } from '../../../../init/channel/requests.ts';
import { FirstbornError } from '../../../../protocol/errors.ts';
import { maxOpenRequests } from '../../../../protocol/limits.ts';
import { Response } from '../../../../protocol/messages.ts';
import { fakeHandlers, settlePromises } from '../../../support/guest-channel.ts';

interface Desk {
  responses: Response[];
  take(message: unknown): void;
  beginSession(): void;
}

function makeDesk(handlers: Partial<RequestHandlers> = {}): Desk {
  const desk = new RequestDesk(fakeHandlers(handlers));
  const responses: Response[] = [];
  return {
    responses,
    beginSession: () => desk.beginSession(),
    take: (message) =>
      desk.take(typeof message === 'string' ? message : JSON.stringify(message), (response) => {
        assert.equal(Response.safeParse(response).success, true);
        responses.push(response);
      }),
  };
}

async function answerTo(message: unknown, handlers?: Partial<RequestHandlers>): Promise<Response[]> {
  const desk = makeDesk(handlers);
  desk.take(message);
  await settlePromises();
  return desk.responses;
}

const error = (id: number, code: string, message: string): unknown => ({
  id,
  ok: false,
  error: { code, message },
});

/** A handler that fails. */
const failing = (cause: Error) => (): never => {
  throw cause;
};

test('take() answers a request that has no result', async () => {
  assert.deepEqual(await answerTo({ id: 7, method: 'ping' }), [{ id: 7, ok: true }]);
});

test('take() answers with the result, at once or later', async () => {
  assert.deepEqual(await answerTo({ id: 1, method: 'ping' }, { ping: () => 'now' }), [
    { id: 1, ok: true, result: 'now' },
  ]);
  assert.deepEqual(await answerTo({ id: 1, method: 'ping' }, { ping: () => Promise.resolve(['later']) }), [
    { id: 1, ok: true, result: ['later'] },
  ]);
});

test('take() hands each handler its params', async () => {
  const seen: unknown[] = [];
  const handlers: Partial<RequestHandlers> = {
    acknowledge: ({ params }) => void seen.push(params),
    stop: ({ params }) => void seen.push(params),
  };
  await answerTo({ id: 1, method: 'acknowledge', params: { sequence: 5 } }, handlers);
  await answerTo({ id: 2, method: 'stop', params: { signal: 2, graceMs: 0 } }, handlers);
  assert.deepEqual(seen, [{ sequence: 5 }, { signal: 2, graceMs: 0 }]);
});

const bad: [what: string, message: unknown, reply: unknown][] = [
  ['text that is no JSON', '{"id":1', error(0, 'bad-request', 'Cannot parse the request as JSON')],
  ['null', 'null', error(0, 'bad-request', 'Cannot accept the request: expected an object')],
  [
    'an unknown method',
    { id: 3, method: 'dance' },
    error(3, 'unknown-method', 'Cannot answer the method "dance"'),
  ],
  [
    'an endless unknown method',
    { id: 3, method: 'x'.repeat(5000) },
    error(3, 'unknown-method', `Cannot answer the method "${'x'.repeat(64)}"`),
  ],
  [
    'an unknown method without an id',
    { method: 'dance' },
    error(0, 'unknown-method', 'Cannot answer the method "dance"'),
  ],
  [
    'a bad signal',
    { id: 4, method: 'stop', params: { signal: 0 } },
    error(4, 'bad-request', 'Cannot accept the request: params.signal: Too small: expected number to be >=1'),
  ],
  [
    'missing params',
    { id: 5, method: 'acknowledge' },
    error(
      5,
      'bad-request',
      'Cannot accept the request: params: Invalid input: expected object, received undefined',
    ),
  ],
  [
    'an id that is no whole number',
    { id: 1.5, method: 'ping' },
    error(0, 'bad-request', 'Cannot accept the request: id: Invalid input: expected int, received number'),
  ],
];
for (const [what, message, reply] of bad) {
  test(`take() refuses ${what} at once and with the reason`, () => {
    const desk = makeDesk();
    desk.take(message);
    assert.deepEqual(desk.responses, [reply]);
  });
}

test('take() lets a handler choose the code of its refusal', async () => {
  const stop = failing(new RequestRefusal('not-found', 'Cannot stop the container: it has ended'));
  assert.deepEqual(await answerTo({ id: 1, method: 'stop', params: {} }, { stop }), [
    error(1, 'not-found', 'Cannot stop the container: it has ended'),
  ]);
});

test('take() turns any other error of a handler into the code "failed", causes included', async () => {
  const ping = failing(new FirstbornError('guest', 'Cannot look', { cause: new Error('EIO') }));
  assert.deepEqual(await answerTo({ id: 1, method: 'ping' }, { ping }), [
    error(1, 'failed', 'Cannot look: EIO'),
  ]);
});

test('take() shortens a reason that no reply could carry', async () => {
  const ping = failing(new Error('x'.repeat(100_000)));
  const [reply] = await answerTo({ id: 1, method: 'ping' }, { ping });
  assert.ok(reply?.ok === false);
  assert.equal(reply.error.message.length, 4096);
});

test('take() refuses requests over the limit as busy and takes more once one is answered', async () => {
  const pending: (() => void)[] = [];
  const ping = (): Promise<void> => new Promise((resolve) => void pending.push(resolve));
  const desk = makeDesk({ ping });
  for (let id = 1; id <= maxOpenRequests; id += 1) desk.take({ id, method: 'ping' });
  desk.take({ id: 1000, method: 'ping' });
  assert.deepEqual(desk.responses, [error(1000, 'busy', 'Cannot open more than 64 requests at once')]);
  pending[0]?.();
  await settlePromises();
  desk.take({ id: 1001, method: 'ping' });
  for (const resolve of pending) resolve();
  await settlePromises();
  assert.equal(desk.responses.filter((response) => response.ok).length, maxOpenRequests + 1);
});

test('take() gives up on a request at its own deadline and says so once', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const pending = Promise.withResolvers<string>();
  const desk = makeDesk({ ping: () => pending.promise });
  desk.take({ id: 1, method: 'ping', deadlineMs: 50 });
  await settlePromises();
  context.mock.timers.tick(49);
  await settlePromises();
  assert.deepEqual(desk.responses, []);
  context.mock.timers.tick(1);
  await settlePromises();
  assert.deepEqual(desk.responses, [error(1, 'deadline', 'Cannot finish "ping" within 50 ms')]);
  pending.resolve('too late');
  await settlePromises();
  assert.equal(desk.responses.length, 1);
});

test('take() survives a handler that fails after its deadline', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const pending = Promise.withResolvers<string>();
  const desk = makeDesk({ ping: () => pending.promise });
  desk.take({ id: 1, method: 'ping', deadlineMs: 1 });
  context.mock.timers.tick(1);
  await settlePromises();
  pending.reject(new Error('late'));
  await settlePromises();
  assert.equal(desk.responses.length, 1);
});

test('take() gives a request without a deadline ten seconds', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const desk = makeDesk({ ping: () => new Promise(() => {}) });
  desk.take({ id: 1, method: 'ping' });
  context.mock.timers.tick(9999);
  await settlePromises();
  assert.equal(desk.responses.length, 0);
  context.mock.timers.tick(1);
  await settlePromises();
  assert.deepEqual(desk.responses, [error(1, 'deadline', 'Cannot finish "ping" within 10000 ms')]);
});

test('what a host has left behind is not in the way of the next one, and does not pile up', async () => {
  const pending: (() => void)[] = [];
  const ping = (): Promise<void> => new Promise((resolve) => void pending.push(resolve));
  const desk = makeDesk({ ping });
  const fill = (): void => {
    for (let id = 1; id <= maxOpenRequests; id += 1) desk.take({ id, method: 'ping' });
  };
  for (let host = 1; host <= 4; host += 1) {
    fill();
    assert.equal(desk.responses.length, 0);
    desk.beginSession();
  }
  desk.take({ id: 1000, method: 'ping' });
  assert.equal(desk.responses.length, 1);
  for (const resolve of pending) resolve();
  await settlePromises();
  assert.equal(desk.responses.length, 1 + 4 * maxOpenRequests);
  fill();
  assert.equal(desk.responses.length, 1 + 4 * maxOpenRequests);
  desk.take({ id: 1001, method: 'ping' });
  assert.deepEqual(desk.responses.at(-1), error(1001, 'busy', 'Cannot open more than 64 requests at once'));
});
