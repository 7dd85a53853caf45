import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { superviseHealth, watchHealth } from '../../../../init/supervision/health-monitor.ts';
import type { HealthState } from '../../../../init/supervision/health-state.ts';
import type { RunningProcess } from '../../../../init/container/running-process.ts';
import type { ProcessStdio } from '../../../../init/container/process-stdio.ts';
import { defaultHealth, type HealthPlan } from '../../../../protocol/health.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { settlePromises } from '../../../support/guest-channel.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';

/** One that is running now. */
interface Check {
  end(code: number, output?: string): Promise<void>;
}

/** What an event says beside its name and its container. */
interface Told extends HealthState {
  exitCode?: number;
  output?: string;
}

interface Watched {
  told: Told[];
  /** The checks that have been started. */
  checks: Check[];
  machine: { frozen: boolean; restMs: number };
  container: { running: boolean; stopping: boolean };
  passMs(ms: number): Promise<void>;
}

/** A container whose checks end when the test says so; time is the test's. */
function watch(context: TestContext, changes: Partial<HealthPlan> = {}): Watched {
  let nowMs = 0;
  context.mock.timers.enable({ apis: ['setTimeout'] });
  context.mock.method(performance, 'now', () => nowMs);
  const native = new FakeNative();
  const told: Watched['told'] = [];
  const checks: Check[] = [];
  const startUnlisted = (_params: unknown, _deadlineMs: number, open: () => ProcessStdio) => {
    const stdio = open();
    assert.ok(stdio.child.kind === 'descriptors');
    const writeFd = native.duplicate(stdio.child.ends[1]?.fd ?? -1);
    stdio.closeChildEnds();
    const { promise: ended, resolve } = Promise.withResolvers<{ reason: 'exited'; code: number }>();
    checks.push({
      end: async (code, output = '') => {
        native.writeSome(writeFd, Buffer.from(output));
        native.closeFd(writeFd);
        resolve({ reason: 'exited', code });
        await settlePromises();
        native.settle();
        await settlePromises();
      },
    });
    return Promise.resolve({ stdio, ended, close: () => {} } as unknown as RunningProcess);
  };
  const machine = { frozen: false, restMs: Number.NEGATIVE_INFINITY };
  const container = { id: 'main', running: true, stopping: false, execs: { startUnlisted } };
  const { log } = makeRecordingLog();
  watchHealth(
    {
      native,
      log,
      freezer: {
        get frozen() {
          return machine.frozen;
        },
        wasAtRestSince: (sinceMs) => machine.frozen || machine.restMs >= sinceMs,
      },
      announce: ({ event, ...body }) => {
        const { container: id, ...said } = body as unknown as Told & { container: string };
        assert.deepEqual([event, id], ['health', 'main']);
        told.push(said);
      },
    },
    { args: ['probe'], ...defaultHealth, intervalMs: 100, timeoutMs: 50, ...changes },
    container,
  );
  const passMs = async (ms: number): Promise<void> => {
    nowMs += ms;
    context.mock.timers.tick(ms);
    await settlePromises();
  };
  context.after(() => native.dispose());
  return { told, checks, machine, container, passMs };
}

/** Lets the next check come and end. */
async function check(guest: Watched, code: number, output?: string): Promise<void> {
  const before = guest.checks.length;
  await guest.passMs(100);
  assert.equal(guest.checks.length, before + 1);
  await guest.checks.at(-1)?.end(code, output);
}

test('a machine without a check hears nothing of health', (context) => {
  const { log } = makeRecordingLog();
  const dependencies = {
    native: new FakeNative(),
    log,
    freezer: { frozen: false, wasAtRestSince: () => false },
    announce: () => assert.fail('announced'),
  };
  const container = { id: 'main', running: true, stopping: false } as Parameters<typeof superviseHealth>[2];
  const launch = { health: undefined } as Parameters<typeof superviseHealth>[1]['launch'];
  context.mock.method(globalThis, 'setTimeout', () => assert.fail('a timer'));
  superviseHealth(dependencies, { image: {}, launch } as Parameters<typeof superviseHealth>[1], container);
});

test('the start, the first result and every change are announced, nothing else', async (context) => {
  const guest = watch(context);
  assert.deepEqual(guest.told, [{ status: 'starting', failingStreak: 0 }]);
  await check(guest, 1, 'not yet\n');
  await check(guest, 1, 'not yet\n');
  await check(guest, 0, 'fine\n');
  await check(guest, 0);
  for (const code of [1, 2, 3, 4, 0, 0]) await check(guest, code);
  assert.deepEqual(guest.told.slice(1), [
    { status: 'starting', failingStreak: 1, exitCode: 1, output: 'not yet\n' },
    { status: 'healthy', failingStreak: 0, exitCode: 0, output: 'fine\n' },
    { status: 'unhealthy', failingStreak: 3, exitCode: 3, output: '' },
    { status: 'healthy', failingStreak: 0, exitCode: 0, output: '' },
  ]);
});

test('a check begins an interval after the end of the last one, and never beside it', async (context) => {
  const guest = watch(context, { timeoutMs: 10_000 });
  await guest.passMs(99);
  assert.equal(guest.checks.length, 0);
  await guest.passMs(1);
  assert.equal(guest.checks.length, 1);
  await guest.passMs(1000);
  assert.equal(guest.checks.length, 1);
  await guest.checks[0]?.end(0);
  await guest.passMs(99);
  assert.equal(guest.checks.length, 1);
  await guest.passMs(1);
  assert.equal(guest.checks.length, 2);
});

test('a pause is not made up for', async (context) => {
  const guest = watch(context);
  await guest.passMs(100_000);
  assert.equal(guest.checks.length, 1);
  await guest.checks[0]?.end(0);
  await guest.passMs(99);
  assert.equal(guest.checks.length, 1);
});

test('the start period has its own interval, up to the first success', async (context) => {
  const guest = watch(context, { startPeriodMs: 60, startIntervalMs: 10, retries: 1 });
  for (let count = 1; count <= 3; count += 1) {
    await guest.passMs(10);
    assert.equal(guest.checks.length, count);
    await guest.checks.at(-1)?.end(1);
  }
  assert.deepEqual(guest.told.at(-1), { status: 'starting', failingStreak: 0, exitCode: 1, output: '' });
  await guest.passMs(10);
  await guest.checks.at(-1)?.end(0);
  await guest.passMs(10);
  assert.equal(guest.checks.length, 4);
  assert.deepEqual(guest.told.at(-1)?.status, 'healthy');
});

test('no check begins while the machine is frozen, and the next comes in its turn', async (context) => {
  const guest = watch(context);
  guest.machine.frozen = true;
  await guest.passMs(100);
  await guest.passMs(100);
  assert.equal(guest.checks.length, 0);
  guest.machine.frozen = false;
  await guest.passMs(99);
  assert.equal(guest.checks.length, 0);
  await guest.passMs(1);
  assert.equal(guest.checks.length, 1);
});

test('a failure of a check that was frozen meanwhile says nothing, its success does', async (context) => {
  const guest = watch(context, { retries: 1 });
  await guest.passMs(100);
  guest.machine.restMs = 100;
  await guest.checks[0]?.end(1);
  assert.equal(guest.told.length, 1);
  await guest.passMs(100);
  guest.machine.restMs = 200;
  await guest.checks[1]?.end(0);
  assert.equal(guest.told.at(-1)?.status, 'healthy');
});

for (const [what, changes] of [
  ['is stopping', { stopping: true }],
  ['has ended', { running: false }],
] as const) {
  test(`nothing is checked or said any more once the container ${what}`, async (context) => {
    const guest = watch(context);
    await guest.passMs(100);
    Object.assign(guest.container, changes);
    await guest.checks[0]?.end(1);
    await guest.passMs(1000);
    assert.equal(guest.checks.length, 1);
    assert.equal(guest.told.length, 1);
  });
}

test('its timers do not keep a process alive', (context) => {
  const unref = context.mock.fn();
  context.mock.method(globalThis, 'setTimeout', () => ({ unref }));
  const { log } = makeRecordingLog();
  const native = new FakeNative();
  const freezer = { frozen: false, wasAtRestSince: () => false };
  const container = { id: 'main', running: true, stopping: false } as Parameters<typeof watchHealth>[2];
  watchHealth({ native, log, freezer, announce: () => {} }, { args: ['probe'], ...defaultHealth }, container);
  assert.equal(unref.mock.callCount(), 1);
});

test('whatever happens in whatever order, what is announced is what a simple model says', async (context) => {
  const step = fc.oneof(
    fc.record({ what: fc.constant('check' as const), code: fc.constantFrom(0, 0, 1), frozen: fc.boolean() }),
    fc.record({ what: fc.constant('freeze' as const) }),
    fc.record({ what: fc.constant('thaw' as const) }),
  );
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 20 }),
    fc.integer({ min: 1, max: 4 }),
    async (steps, retries) => {
      const guest = watch(context, { retries });
      const model = { told: ['starting 0'], status: 'starting', streak: 0, isJudged: false };
      let isFrozen = false;
      for (const one of steps) {
        if (one.what !== 'check') {
          isFrozen = one.what === 'freeze';
          guest.machine.frozen = isFrozen;
          continue;
        }
        const before = guest.checks.length;
        await guest.passMs(100);
        assert.equal(guest.checks.length, before + (isFrozen ? 0 : 1));
        if (isFrozen) continue;
        if (one.frozen) guest.machine.restMs = performance.now();
        await guest.checks.at(-1)?.end(one.code);
        if (one.frozen && one.code !== 0) continue;
        model.streak = one.code === 0 ? 0 : model.streak + 1;
        const status = model.streak >= retries ? 'unhealthy' : one.code === 0 ? 'healthy' : model.status;
        if (!model.isJudged || status !== model.status) model.told.push(`${status} ${model.streak}`);
        Object.assign(model, { status, isJudged: true });
      }
      assert.deepEqual(
        guest.told.map(({ status, failingStreak }) => `${status} ${failingStreak}`),
        model.told,
      );
      context.mock.restoreAll();
      context.mock.timers.reset();
    },
  );
  await fc.assert(property, { numRuns: 100 });
});
