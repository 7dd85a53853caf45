import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pollUntil, withinDeadline } from '../../../../init/boot/deadline.ts';
import { settlePromises } from '../../../support/guest-channel.ts';

test('withinDeadline() gives the value of a promise that settles in time', async () => {
  assert.deepEqual(await withinDeadline(Promise.resolve(7), 1000), { state: 'settled', value: 7 });
});

test('withinDeadline() lets a rejection through', async () => {
  await assert.rejects(withinDeadline(Promise.reject(new Error('EIO')), 1000), { message: 'EIO' });
});

test('withinDeadline() gives up at the deadline and not before', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const outcomes: unknown[] = [];
  void withinDeadline(new Promise(() => {}), 100).then((outcome) => outcomes.push(outcome));
  context.mock.timers.tick(99);
  await settlePromises();
  assert.deepEqual(outcomes, []);
  context.mock.timers.tick(1);
  await settlePromises();
  assert.deepEqual(outcomes, [{ state: 'late' }]);
});

test('withinDeadline() takes a deadline that no timer can hold for a very long one', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const set = context.mock.method(globalThis, 'setTimeout');
  await withinDeadline(Promise.resolve(), Number.MAX_SAFE_INTEGER);
  // Beyond this setTimeout() warns and fires at once.
  assert.equal(set.mock.calls[0]?.arguments[1], 2 ** 31 - 1);
});

test('pollUntil() asks until it gets a value', async () => {
  let asked = 0;
  const value = await pollUntil(() => {
    asked += 1;
    return asked === 4 ? 'disk' : undefined;
  }, 60_000);
  assert.equal(value, 'disk');
  assert.equal(asked, 4);
});

test('pollUntil() asks once when there is no time, and takes a value that comes then', async () => {
  assert.equal(await pollUntil(() => 'disk', 0), 'disk');
  assert.equal(await pollUntil(() => undefined, 0), undefined);
});

test('pollUntil() lets an error of the probe through', async () => {
  await assert.rejects(
    pollUntil(() => {
      throw new Error('EIO');
    }, 60_000),
    { message: 'EIO' },
  );
});
