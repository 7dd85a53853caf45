import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestedSyncs, syncDisks } from '../../../../init/machine/sync-disks.ts';
import { settlePromises } from '../../../support/guest-channel.ts';
import { makeFakeMachine } from './fake-machine.ts';

test('syncDisks() is true when the disks have taken everything', async (context) => {
  const { dependencies, endChild } = makeFakeMachine(context);
  const done = syncDisks(dependencies, 1000);
  await endChild();
  assert.equal(await done, true);
});

test('syncDisks() is false at the deadline, with a warning', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { dependencies, lines } = makeFakeMachine(context);
  const done = syncDisks(dependencies, 1000);
  context.mock.timers.tick(1000);
  assert.equal(await done, false);
  assert.equal(lines[0]?.['level'], 40);
});

test('RequestedSyncs refuses at the deadline', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { dependencies } = makeFakeMachine(context);
  const refused = assert.rejects(new RequestedSyncs(dependencies).sync(1000), {
    code: 'deadline',
    message: 'Cannot sync the disks within 1000 ms',
  });
  context.mock.timers.tick(1000);
  await refused;
});

test('RequestedSyncs refuses a fifth sync while four hang, until one has ended', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { dependencies, running, endChild } = makeFakeMachine(context);
  const syncs = new RequestedSyncs(dependencies);
  const late = Array.from({ length: 4 }, () => assert.rejects(syncs.sync(1000), { code: 'deadline' }));
  context.mock.timers.tick(1000);
  await Promise.all(late);
  await assert.rejects(syncs.sync(1000), { code: 'busy' });
  assert.equal(running().length, 4);
  await endChild();
  const next = syncs.sync(1000);
  await settlePromises();
  assert.equal(running().length, 4);
  for (let child = 0; child < 4; child += 1) await endChild();
  await next;
});

test('RequestedSyncs counts a sync that could not start as ended', async (context) => {
  const { dependencies, native } = makeFakeMachine(context);
  context.mock.method(native, 'spawn', () => {
    throw new Error('EAGAIN');
  });
  const syncs = new RequestedSyncs(dependencies);
  for (let attempt = 0; attempt < 6; attempt += 1) {
    await assert.rejects(syncs.sync(1000), { message: 'EAGAIN' });
  }
});
