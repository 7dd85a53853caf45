import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { GuestRefusal } from '../../../../host/channel/guest-refusal.ts';
import { RequestBook } from '../../../../host/channel/request-book.ts';
import { FirstbornError } from '../../../../protocol/errors.ts';
import { FrameDecoder } from '../../../../protocol/frame.ts';
import { maxOpenRequests } from '../../../../protocol/limits.ts';

interface SentRequest {
  id: number;
  method: string;
  params?: Record<string, unknown>;
}

let sent: SentRequest[] = [];
let book: RequestBook;

beforeEach(() => {
  sent = [];
  const decoder = new FrameDecoder();
  book = new RequestBook({
    send: (frame) => {
      for (const { payload } of decoder.push(frame)) sent.push(JSON.parse(payload.toString()) as SentRequest);
    },
  });
});
afterEach(() => {
  book.rejectAll(new FirstbornError('channel', 'The test is over'));
  mock.timers.reset();
});

/** Asks and leaves the outcome to whoever wants it. */
function ask(...words: Parameters<typeof book.ask<'stat'>>): Promise<unknown> {
  const answer = book.ask(...words);
  answer.catch(() => {});
  return answer;
}
const askPath = (path: string): void => void ask('stat', { path });
const paths = (): unknown[] => sent.map(({ params }) => params?.['path']);
const accept = (id: number): number | undefined => book.settle({ id, ok: true, result: undefined });

describe('an answer', () => {
  it('resolves with the checked result', async () => {
    const started = book.ask('exec', { args: ['sh'] });
    const result = { exec: 1, pid: 70, streams: { stdout: 16, stderr: 17 } };
    book.settle({ id: 1, ok: true, result });
    assert.deepEqual(await started, result);
  });

  it('rejects when its result is not what the method gives', async () => {
    const started = book.ask('exec', { args: ['sh'] });
    book.settle({ id: 1, ok: true, result: { exec: 0, pid: 70, streams: {} } });
    await assert.rejects(started, {
      code: 'channel',
      message: /^Cannot accept the result of "exec": exec: /,
    });
  });

  it('drops a result that the method does not have', async () => {
    const done = book.ask('sync', {});
    book.settle({ id: 1, ok: true, result: 'surprise' });
    assert.equal(await done, undefined);
  });

  it('with an error rejects with the reply as data', async () => {
    const started = book.ask('exec', { args: ['/nowhere'] });
    const error = {
      code: 'failed' as const,
      message: 'Cannot execute "/nowhere"',
      failed: { operation: 'execve', errno: 'ENOENT' },
      exitCode: 127,
    };
    book.settle({ id: 1, ok: false, error });
    await assert.rejects(started, (refusal) => {
      assert.ok(refusal instanceof GuestRefusal && refusal instanceof FirstbornError);
      assert.equal(refusal.message, 'Guest answered "exec" with failed: Cannot execute "/nowhere"');
      assert.equal(refusal.code, 'guest');
      assert.deepEqual(refusal.reply, error);
      return true;
    });
  });

  it('tells the place of its request, and nothing when nobody waits', () => {
    askPath('/a');
    askPath('/b');
    assert.equal(book.sentCount, 2);
    assert.equal(accept(2), 2);
    assert.equal(accept(2), undefined);
    assert.equal(accept(99), undefined);
  });
});

describe('a request', () => {
  it('rejects at its deadline, some time after the guest should have', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const reply = book.ask('ping', undefined, { deadlineMs: 2000 });
    let isOver = false;
    reply.catch(() => {
      isOver = true;
    });
    mock.timers.tick(2400);
    await Promise.resolve();
    assert.equal(isOver, false);
    mock.timers.tick(100);
    await assert.rejects(reply, {
      code: 'timeout',
      message: 'Guest did not answer "ping" within 2000 ms',
    });
    assert.equal(book.size, 0);
  });

  it('may have a deadline beyond what a timer can hold', async () => {
    const reply = book.ask('ping', undefined, { deadlineMs: 2 ** 40 });
    await new Promise((resolve) => setImmediate(resolve));
    accept(1);
    await reply;
  });

  it('that is too big for a frame is refused with its size and not sent', async () => {
    await assert.rejects(book.ask('exec', { args: ['x'.repeat(40_000)] }), {
      code: 'usage',
      message: /^Cannot ask the guest for "exec": the request takes 400\d\d bytes, at most 32768$/,
    });
    assert.deepEqual([sent.length, book.size], [0, 0]);
  });

  it('is counted in bytes, not in characters', async () => {
    await assert.rejects(book.ask('exec', { args: ['ä'.repeat(17_000)] }), { code: 'usage' });
  });

  it('that was aborted before is not sent', async () => {
    const signal = AbortSignal.abort(new Error('no more'));
    await assert.rejects(book.ask('ping', undefined, { signal }), { message: 'no more' });
    assert.equal(sent.length, 0);
  });

  it('that is aborted while it waits for its answer keeps its place until that comes', async () => {
    const abort = new AbortController();
    const reply = book.ask('ping', undefined, { signal: abort.signal });
    abort.abort(new Error('no more'));
    await assert.rejects(reply, { message: 'no more' });
    assert.equal(book.size, 1);
    assert.equal(accept(1), 1);
    assert.equal(book.size, 0);
  });

  it('ends with the session', async () => {
    const reply = book.ask('ping', undefined);
    book.rejectAll(new FirstbornError('channel', 'Lost the channel to the guest'));
    await assert.rejects(reply, { code: 'channel', message: 'Cannot get the answer to "ping"' });
    assert.equal(book.size, 0);
  });
});

describe('beyond the places of the guest', () => {
  const ordinaryPlaces = maxOpenRequests - 8;
  /** Takes every place that ordinary requests may have. */
  function fill(): void {
    for (let index = 1; index <= ordinaryPlaces; index += 1) askPath(`/${index}`);
    assert.equal(sent.length, ordinaryPlaces);
    sent.length = 0;
  }

  it('requests wait for their turn, in order', () => {
    fill();
    askPath('/a');
    askPath('/b');
    assert.deepEqual(paths(), []);
    accept(3);
    assert.deepEqual(paths(), ['/a']);
    accept(1);
    assert.deepEqual(paths(), ['/a', '/b']);
    assert.equal(book.sentCount, ordinaryPlaces + 2);
  });

  it('an acknowledgement and a ping go first', () => {
    fill();
    askPath('/a');
    void book.ask('acknowledge', { sequence: 9 }).catch(() => {});
    void book.ask('ping', undefined).catch(() => {});
    assert.deepEqual(
      sent.map(({ method }) => method),
      ['acknowledge', 'ping'],
    );
  });

  it('no more than the guest allows are ever open', () => {
    fill();
    for (let count = 0; count < 20; count += 1) void book.ask('ping', undefined).catch(() => {});
    assert.equal(sent.length, 8);
    accept(1);
    assert.equal(sent.length, 9);
  });

  it('a request that is aborted or expires while it waits is never sent', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    fill();
    const abort = new AbortController();
    const aborted = ask('stat', { path: '/aborted' }, { signal: abort.signal });
    const expired = ask('stat', { path: '/expired' }, { deadlineMs: 100 });
    askPath('/later');
    abort.abort(new Error('no more'));
    mock.timers.tick(600);
    await assert.rejects(aborted, { message: 'no more' });
    await assert.rejects(expired, { code: 'timeout' });
    accept(1);
    assert.deepEqual(paths(), ['/later']);
  });

  it('a queue that is full refuses', async () => {
    fill();
    for (let count = 0; count < 1024; count += 1) askPath('/waiting');
    await assert.rejects(book.ask('stat', { path: '/one-too-many' }), {
      code: 'channel',
      message: 'Cannot ask the guest for "stat": 1024 requests are waiting already',
    });
  });
});
