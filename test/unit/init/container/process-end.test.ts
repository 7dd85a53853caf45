import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processEnd } from '../../../../init/container/process-end.ts';

const killed = (signal: number) => ({ state: 'signaled', pid: 7, signal, coreDumped: false }) as const;
const neverAsked = (): number => assert.fail('it was asked for');
const quiet = { killedByUs: false, oomKills: () => 0 };

test('processEnd() keeps the code of a process that exited', () => {
  const child = { state: 'exited', pid: 7, code: 3 } as const;
  assert.deepEqual(processEnd(child, { killedByUs: true, oomKills: () => 1 }), { reason: 'exited', code: 3 });
});

test('processEnd() adds 128 to the signal that ended a process', () => {
  assert.deepEqual(processEnd(killed(15), quiet), { reason: 'signaled', code: 143, signal: 15 });
});

test('processEnd() blames memory for a SIGKILL that the kernel sent', () => {
  assert.deepEqual(processEnd(killed(9), { killedByUs: false, oomKills: () => 1 }), {
    reason: 'oom',
    code: 137,
    signal: 9,
  });
});

test('processEnd() does not blame memory for another signal, another killer, or kills of before', () => {
  for (const [signal, circumstances] of [
    [11, { killedByUs: false, oomKills: () => 1 }],
    [9, { killedByUs: true, oomKills: () => 1 }],
    [9, quiet],
  ] as const) {
    assert.equal(processEnd(killed(signal), circumstances).reason, 'signaled');
  }
});

test('processEnd() asks for kills only where a kill may be one of them', () => {
  for (const child of [{ state: 'exited', pid: 7, code: 0 } as const, killed(15)]) {
    processEnd(child, { killedByUs: false, oomKills: neverAsked });
  }
  processEnd(killed(9), { killedByUs: true, oomKills: neverAsked });
});
