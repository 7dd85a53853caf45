import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Freezer } from '../../../../init/machine/freezer.ts';
import { machineRequests } from '../../../../init/machine/requests.ts';
import { ClockReading } from '../../../../protocol/messages.ts';
import { settlePromises } from '../../../support/guest-channel.ts';
import { makeFakeMachine } from './fake-machine.ts';

const nowMs = Date.UTC(2026, 0, 1);

function openRequests(context: TestContext) {
  context.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: nowMs });
  const machine = makeFakeMachine(context);
  const freezer = new Freezer(machine.dependencies, () => [], '/nowhere');
  return { ...machine, freezer, handlers: machineRequests({ ...machine.dependencies, freezer }) };
}

const base = { id: 1 } as const;

const steps: [what: string, stepMs: number | undefined, steppedMs: number][] = [
  ['reads the clock', undefined, 0],
  ['leaves a clock alone that is a little late', 100, 0],
  ['leaves a clock alone that is a little early', -100, 0],
  ['steps a clock that is late', 100.5, 100.5],
  ['steps a clock that is early', -3_600_000, -3_600_000],
];
for (const [what, stepMs, steppedMs] of steps) {
  test(`clock ${what}`, (context) => {
    const { native, handlers } = openRequests(context);
    const params = stepMs === undefined ? {} : { stepMs };
    const reading = ClockReading.parse(handlers.clock({ ...base, method: 'clock', params }));
    assert.deepEqual(reading, { unixMs: nowMs, steppedMs });
    assert.deepEqual(native.clockSteps, steppedMs === 0 ? [] : [steppedMs]);
  });
}

for (const stepMs of [-1e13, 1e13, 1e300]) {
  test(`clock refuses a step of ${stepMs} ms`, (context) => {
    const { native, handlers } = openRequests(context);
    assert.throws(() => handlers.clock({ ...base, method: 'clock', params: { stepMs } }), {
      code: 'bad-request',
    });
    assert.deepEqual(native.clockSteps, []);
  });
}

test('entropy gives the bytes to the kernel', (context) => {
  const { native, handlers } = openRequests(context);
  handlers.entropy({ ...base, method: 'entropy', params: { bytes: 'AAEC/w==' } });
  assert.deepEqual(native.entropy, [Uint8Array.of(0, 1, 2, 255)]);
});

test('sync answers when the disks have taken everything', async (context) => {
  const { handlers, endChild } = openRequests(context);
  const done = handlers.sync({ ...base, method: 'sync', params: {} });
  await endChild();
  assert.equal(await done, undefined);
});

test("sync keeps the request's deadline", async (context) => {
  const { handlers } = openRequests(context);
  const done = handlers.sync({ ...base, method: 'sync', params: {}, deadlineMs: 300 }) as Promise<void>;
  context.mock.timers.tick(300);
  await assert.rejects(done, { code: 'deadline' });
});

test('freeze and thaw answer when all is done', async (context) => {
  const { handlers, freezer, endChild } = openRequests(context);
  const freezing = handlers.freeze({ ...base, method: 'freeze', params: {} });
  await settlePromises();
  await endChild();
  assert.equal(await freezing, undefined);
  assert.equal(freezer.frozen, true);
  assert.equal(await handlers.thaw({ ...base, method: 'thaw', params: {} }), undefined);
  assert.equal(freezer.frozen, false);
});
