import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Plan } from '../../../../addon/plan.ts';
import { runInChild } from '../../../../init/machine/run-in-child.ts';
import { settlePromises } from '../../../support/guest-channel.ts';
import { makeFakeMachine } from './fake-machine.ts';

const openFds = (): number => readdirSync('/proc/self/fd').length;

test('runInChild() resolves when the plan has ended, and leaves no descriptor', async (context) => {
  const { dependencies, native, endChild } = makeFakeMachine(context);
  const before = openFds();
  const run = runInChild(dependencies, new Plan().sync(), 1000);
  assert.deepEqual(native.plans[0], new Plan().sync().bytes());
  await endChild();
  assert.deepEqual(await run, { state: 'done' });
  assert.equal(openFds() <= before + 1, true); // the fake keeps the other end of the pidfd
});

test('runInChild() throws what failed, in words', async (context) => {
  const { dependencies, endChild } = makeFakeMachine(context);
  const run = runInChild(dependencies, new Plan().freezeFilesystem('/data'), 1000);
  const refused = assert.rejects(run, { code: 'guest', message: 'Cannot FIFREEZE "/data"' });
  await endChild([[2, 0, 16]]);
  await refused;
});

test('runInChild() logs warnings and goes on', async (context) => {
  const { dependencies, endChild, lines } = makeFakeMachine(context);
  const plan = new Plan().thawFilesystem('/data', { orWarn: true });
  const run = runInChild(dependencies, plan, 1000);
  await endChild([
    [1, 0, 5],
    [4, 0, 0],
  ]);
  assert.deepEqual(await run, { state: 'done' });
  assert.equal(lines[0]?.['errno'], 'EIO');
});

test('runInChild() throws when a signal ended the child', async (context) => {
  const { dependencies, killChild } = makeFakeMachine(context);
  const refused = assert.rejects(runInChild(dependencies, new Plan().sync(), 1000), {
    message: 'Cannot finish a plan: signal 9 ended its child',
  });
  await killChild(9);
  await refused;
});

test('runInChild() is late at the deadline, and says when the child ends after all', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { dependencies, endChild } = makeFakeMachine(context);
  const run = runInChild(dependencies, new Plan().sync(), 1000);
  context.mock.timers.tick(1000);
  const outcome = await run;
  assert.ok(outcome.state === 'late');
  let ended = false;
  void outcome.done.then(() => (ended = true));
  await settlePromises();
  assert.equal(ended, false);
  await endChild();
  assert.equal(ended, true);
});
