import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Plan } from '../../../addon/plan.ts';
import { PhaseFailure } from '../../../init/boot/phase.ts';
import { reportFault } from '../../../init/fault.ts';
import { powerOff, type ShutdownDependencies } from '../../../init/shutdown.ts';
import { Reaper } from '../../../init/supervision/reaper.ts';
import { FirstbornError } from '../../../protocol/errors.ts';
import { type GuestChannel, openGuestChannel, settlePromises } from '../../support/guest-channel.ts';
import { makeRecordingLog } from '../../support/recording-log.ts';

interface Machine extends GuestChannel {
  dependencies: ShutdownDependencies;
  lines: Record<string, unknown>[];
}

function openMachine(context: TestContext): Machine {
  const guest = openGuestChannel(context);
  const { log, lines } = makeRecordingLog();
  const reaper = new Reaper(guest.native, log);
  context.after(() => process.removeAllListeners('SIGCHLD'));
  return { ...guest, dependencies: { native: guest.native, log, reaper, channel: guest.channel }, lines };
}

/** Lets the child that syncs end. */
async function endSync({ native, dependencies }: Machine): Promise<void> {
  await settlePromises();
  native.ended.push({ state: 'exited', pid: 101, code: 0 });
  dependencies.reaper.drain();
  await settlePromises();
}

test('powerOff() syncs in a child, then powers off', async (context) => {
  const machine = openMachine(context);
  void powerOff(machine.dependencies);
  assert.deepEqual(machine.native.plans[0], new Plan().sync().bytes());
  assert.deepEqual(machine.native.reboots, []);
  await endSync(machine);
  assert.equal(machine.native.reboots[0], 'poweroff');
});

test('powerOff() does not wait for ever for disks that hang', async (context) => {
  const machine = openMachine(context);
  void powerOff(machine.dependencies);
  await settlePromises();
  context.mock.timers.tick(4999);
  await settlePromises();
  assert.deepEqual(machine.native.reboots, []);
  context.mock.timers.tick(1);
  await settlePromises();
  assert.equal(machine.native.reboots[0], 'poweroff');
});

test('powerOff() waits for the host to acknowledge the last events', async (context) => {
  const machine = openMachine(context);
  machine.channel.announce({ event: 'exit', container: 'main', reason: 'exited', code: 0 });
  void powerOff(machine.dependencies);
  await endSync(machine);
  assert.deepEqual(machine.native.reboots, []);
  machine.host.hello('a', { acknowledged: 1 });
  await settlePromises();
  assert.equal(machine.native.reboots[0], 'poweroff');
});

test('powerOff() gives an absent host five seconds', async (context) => {
  const machine = openMachine(context);
  machine.channel.announce({ event: 'exit', container: 'main', reason: 'exited', code: 0 });
  void powerOff(machine.dependencies);
  await endSync(machine);
  context.mock.timers.tick(5000);
  await settlePromises();
  assert.equal(machine.native.reboots[0], 'poweroff');
  assert.ok(machine.lines.some((line) => line['msg'] === 'no host has acknowledged the exit'));
});

test('powerOff() goes on when a step fails, and halts where the kernel refuses to power off', async (context) => {
  const machine = openMachine(context);
  for (const name of ['spawn', 'runPlan'] as const) {
    context.mock.method(machine.native, name, () => {
      throw new Error('EAGAIN');
    });
  }
  void powerOff({ ...machine.dependencies, channel: undefined });
  await settlePromises();
  assert.deepEqual(machine.native.reboots, ['poweroff', 'halt']);
  assert.equal(machine.lines.filter((line) => line['level'] === 50).length, 2);
});

const faults: [what: string, error: unknown, phase: string, message: string][] = [
  [
    'the phase that failed',
    new PhaseFailure('disks', new FirstbornError('guest', 'Cannot find the disks')),
    'disks',
    'Cannot find the disks',
  ],
  [
    'where it was when the error does not know',
    new TypeError('x is not a function'),
    'supervision',
    'x is not a function',
  ],
  ['a long message in short', new Error('x'.repeat(10_000)), 'supervision', 'x'.repeat(4096)],
];
for (const [what, error, phase, message] of faults) {
  test(`reportFault() tells the host and the console ${what}, then powers off`, async (context) => {
    const machine = openMachine(context);
    machine.host.hello('a');
    void reportFault(machine.dependencies, error, 'supervision');
    machine.host.receive();
    const [event] = machine.host.takeMessages('event');
    assert.ok(event?.event === 'fault');
    assert.equal(event.phase, phase);
    assert.equal(event.message, message);
    assert.equal(event.code, 125);
    assert.equal(machine.lines.find((line) => line['level'] === 60)?.['phase'], phase);
    machine.host.hello('a');
    await endSync(machine);
    context.mock.timers.tick(5000);
    await settlePromises();
    assert.equal(machine.native.reboots[0], 'poweroff');
  });
}

test('reportFault() works before there is a channel', async (context) => {
  const machine = openMachine(context);
  void reportFault({ ...machine.dependencies, channel: undefined }, new Error('early'), 'early mounts');
  await endSync(machine);
  assert.equal(machine.native.reboots[0], 'poweroff');
});
