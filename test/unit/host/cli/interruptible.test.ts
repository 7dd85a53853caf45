import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { interruptible } from '../../../../host/cli/interruptible.ts';
import { timeoutSignal } from '../../../../host/cli/timeout-signal.ts';

const untilAborted = async (signal: AbortSignal): Promise<number> => {
  await once(signal, 'abort');
  signal.throwIfAborted();
  return 7;
};

describe('interruptible()', () => {
  it("returns the work's own code", async () => {
    assert.equal(await interruptible(() => Promise.resolve(3)), 3);
  });
  it('throws what the work throws', async () => {
    await assert.rejects(
      interruptible(() => Promise.reject(new Error('no'))),
      /^Error: no$/,
    );
  });
  it("ends with the signal's code, or with that of Ctrl-C", async () => {
    for (const [name, options, code] of [
      ['SIGINT', {}, 130],
      ['SIGINT', { interruptedCode: 0 }, 0],
      ['SIGTERM', { interruptedCode: 0 }, 143],
    ] as const) {
      const before = process.listenerCount(name);
      const ended = interruptible(untilAborted, options);
      process.emit(name, name);
      assert.equal(await ended, code, name);
      assert.equal(process.listenerCount(name), before);
    }
  });
  it('ends as a success when nobody reads any more', async () => {
    const closed = new AbortController();
    const ended = interruptible(untilAborted, { closed: closed.signal });
    closed.abort();
    assert.equal(await ended, 0);
  });
});

describe('timeoutSignal()', () => {
  it('aborts at once when the time is past, and never without one', () => {
    using past = timeoutSignal(0);
    using never = timeoutSignal(undefined);
    using later = timeoutSignal(Date.now() + 2 ** 40);
    assert.deepEqual([past.signal.aborted, never.signal.aborted, later.signal.aborted], [true, false, false]);
  });
  it('aborts when the time has come', async () => {
    using soon = timeoutSignal(Date.now() + 5);
    if (!soon.signal.aborted) await once(soon.signal, 'abort');
    assert.equal(soon.signal.aborted, true);
  });
});
