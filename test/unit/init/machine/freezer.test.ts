import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { Plan } from '../../../../addon/plan.ts';
import { Freezer } from '../../../../init/machine/freezer.ts';
import { settlePromises } from '../../../support/guest-channel.ts';
import { makeFakeMachine } from './fake-machine.ts';
import { makeKernelTree } from './kernel-tree.ts';

const EIO = 5;

/** A container on a disk. Its cgroup says at once that it is frozen; timers are the test's. */
function makeFreezer(context: TestContext, events = 'populated 1\nfrozen 1\n') {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const machine = makeFakeMachine(context);
  const cgroupPath = makeKernelTree(context, { 'cgroup.freeze': '0', 'cgroup.events': events });
  const procRoot = makeKernelTree(context, {
    'self/mountinfo':
      '24 27 254:32 / /overlay rw - ext4 /dev/vdc rw\n41 40 254:48 / /data rw - ext4 /dev/vdd rw\n',
  });
  const disks = ['/overlay', '/data'] as const;
  const freezer = new Freezer(machine.dependencies, () => [{ cgroupPath }], procRoot);
  const stopped = (): string => readFileSync(`${cgroupPath}/cgroup.freeze`, 'latin1');
  /** Ends the sync and the freezing of the disks. */
  const freeze = async (thawAfterMs?: number): Promise<void> => {
    const done = freezer.freeze(thawAfterMs);
    await settlePromises();
    await machine.endChild();
    await machine.endChild();
    await done;
  };
  return { ...machine, freezer, disks, stopped, freeze, timers: context.mock.timers };
}

function freezePlan([first, second]: readonly [string, string]): Uint8Array {
  const tolerance = { accept: ['EOPNOTSUPP'] } as const;
  return new Plan().freezeFilesystem(second, tolerance).freezeFilesystem(first, tolerance).bytes();
}

function thawPlan([first, second]: readonly [string, string]): Uint8Array {
  const tolerance = { accept: ['EINVAL', 'EOPNOTSUPP'], orWarn: true } as const;
  return new Plan().thawFilesystem(first, tolerance).thawFilesystem(second, tolerance).bytes();
}

test('freeze() stops containers, syncs, then freezes disks, the last first', async (context) => {
  const { freezer, native, disks, stopped, endChild } = makeFreezer(context);
  const done = freezer.freeze();
  await settlePromises();
  assert.equal(stopped(), '1');
  assert.deepEqual(native.plans, [new Plan().sync().bytes()]);
  await endChild();
  assert.deepEqual(native.plans.at(-1), freezePlan(disks));
  assert.equal(freezer.frozen, false);
  await endChild();
  await done;
  assert.equal(freezer.frozen, true);
});

test('thaw() thaws disks, then containers, and once', async (context) => {
  const { freezer, native, disks, stopped, freeze, endChild, running } = makeFreezer(context);
  await freeze();
  const done = freezer.thaw();
  await settlePromises();
  assert.deepEqual(native.plans.at(-1), thawPlan(disks));
  assert.equal(stopped(), '1');
  await endChild();
  await done;
  assert.equal(stopped(), '0');
  await freezer.thaw();
  assert.deepEqual(running(), []);
  assert.equal(freezer.frozen, false);
});

test('a machine that is frozen thaws by itself', async (context) => {
  const { freezer, timers, stopped, freeze, endChild } = makeFreezer(context);
  await freeze(5000);
  timers.tick(4999);
  await settlePromises();
  assert.equal(freezer.frozen, true);
  timers.tick(1);
  await settlePromises();
  await endChild();
  assert.equal(freezer.frozen, false);
  assert.equal(stopped(), '0');
});

test('freeze() again puts the thaw off and freezes nothing more', async (context) => {
  const { freezer, timers, running, freeze } = makeFreezer(context);
  await freeze(5000);
  timers.tick(4000);
  await freezer.freeze(5000);
  timers.tick(4000);
  await settlePromises();
  assert.deepEqual(running(), []);
  assert.equal(freezer.frozen, true);
});

test('freeze() undoes everything when a disk refuses', async (context) => {
  const { freezer, native, disks, stopped, endChild } = makeFreezer(context);
  const refused = assert.rejects(freezer.freeze(), { message: `Cannot FIFREEZE "${disks[0]}"` });
  await settlePromises();
  await endChild();
  await endChild([[2, 1, EIO]]);
  assert.deepEqual(native.plans.at(-1), thawPlan(disks));
  await endChild();
  await refused;
  assert.equal(stopped(), '0');
  assert.equal(freezer.frozen, false);
});

test('freeze() undoes everything when a process does not stop', async (context) => {
  const { freezer, stopped, running } = makeFreezer(context, 'populated 1\nfrozen 0\n');
  await assert.rejects(freezer.freeze(1000, 0), { code: 'guest' });
  assert.equal(stopped(), '0');
  assert.deepEqual(running(), []);
});

test('a disk that freezes after the deadline is thawed again', async (context) => {
  const { freezer, native, disks, timers, running, endChild } = makeFreezer(context);
  const refused = assert.rejects(freezer.freeze(60_000, 1000), { code: 'guest' });
  await settlePromises();
  await endChild();
  timers.tick(1000);
  await settlePromises();
  assert.equal(running().length, 2); // the one that hangs, and the thaw
  timers.tick(5000);
  await refused;
  await endChild();
  assert.deepEqual(native.plans.at(-1), thawPlan(disks));
});

test('freeze() of a machine without disks stops its containers', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { dependencies, endChild, running } = makeFakeMachine(context);
  const freezer = new Freezer(dependencies, () => [], '/nowhere');
  const done = freezer.freeze();
  await settlePromises();
  await endChild();
  await done;
  await freezer.thaw();
  assert.deepEqual(running(), []);
});

test('thaw() asked for during a freeze comes after it', async (context) => {
  const { freezer, endChild } = makeFreezer(context);
  const both = Promise.all([freezer.freeze(), freezer.thaw()]);
  await settlePromises();
  for (let child = 0; child < 3; child += 1) {
    await endChild();
    await settlePromises();
  }
  await both;
  assert.equal(freezer.frozen, false);
});

test('wasAtRestSince() knows of a rest that is about to be, that is, and that was', async (context) => {
  let nowMs = 10;
  const { freezer, freeze, endChild } = makeFreezer(context);
  context.mock.method(performance, 'now', () => nowMs);
  assert.equal(freezer.wasAtRestSince(0), false);
  const done = freeze();
  await settlePromises();
  assert.equal(freezer.wasAtRestSince(nowMs), true);
  await done;
  nowMs = 20;
  assert.equal(freezer.wasAtRestSince(nowMs), true);
  const thawed = freezer.thaw();
  await settlePromises();
  await endChild();
  await thawed;
  assert.equal(freezer.wasAtRestSince(20), true);
  assert.equal(freezer.wasAtRestSince(21), false);
});
