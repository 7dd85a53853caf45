import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { PhaseFailure } from '../../../init/boot/phase.ts';
import type { Container } from '../../../init/container/container.ts';
import type { ProcessEnd } from '../../../init/container/process-end.ts';
import { reportFault } from '../../../init/fault.ts';
import type { Machine } from '../../../init/shutdown.ts';
import { Supervisor } from '../../../init/supervision/supervisor.ts';
import { type FakeChildren, openFakeChildren, rest } from '../../support/fake-children.ts';

function openMachine(context: TestContext): {
  guest: FakeChildren;
  machine: Machine;
  supervisor: Supervisor;
} {
  const guest = openFakeChildren(context);
  const machine: Machine = { ...guest.dependencies, channel: guest.channel };
  const supervisor = new Supervisor({
    log: guest.dependencies.log,
    announce: (body) => guest.channel.announce(body),
    thaw: () => Promise.resolve(),
  });
  return { guest, machine, supervisor };
}

const events = ({ host }: FakeChildren): string[] => host.takeMessages('event').map(({ event }) => event);

test('reportFault() tells the phase and the reason, stops the boot and ends the machine', async (context) => {
  const { guest, machine, supervisor } = openMachine(context);
  void reportFault(machine, supervisor, new PhaseFailure('disks', new Error('no disk')), 'supervision');
  await rest(guest);
  const [{ sequence: _sequence, timeMs: _timeMs, ...fault } = {}] = guest.host.takeMessages(
    'event',
  ) as object[] as [Record<string, unknown>?];
  assert.deepEqual(fault, { event: 'fault', phase: 'disks', message: 'no disk', code: 125 });
  assert.throws(() => supervisor.throwIfStopped());
  assert.equal(machine.faulted, true);
  assert.notEqual(machine.ending, undefined);
});

test('reportFault() stops a workload in order before it ends the machine', async (context) => {
  const { guest, machine, supervisor } = openMachine(context);
  const { promise, resolve } = Promise.withResolvers<ProcessEnd>();
  const container = { running: true, stopping: false, stop: () => true, ended: () => promise };
  supervisor.adopt(container as unknown as Container);
  void reportFault(machine, supervisor, new Error('a bug'), 'supervision');
  await rest(guest);
  assert.deepEqual(events(guest), ['fault', 'stopping']);
  assert.equal(machine.ending, undefined);
  resolve({ reason: 'exited', code: 0 });
  await rest(guest);
  assert.deepEqual(events(guest), ['exit']);
  assert.notEqual(machine.ending, undefined);
});

test('reportFault() does not wait for ever for a workload that stays', async (context) => {
  const { guest, machine, supervisor } = openMachine(context);
  supervisor.policy = { signal: 15, graceMs: 1000 };
  const container = { running: true, stopping: false, stop: () => true, ended: () => new Promise(() => {}) };
  supervisor.adopt(container as unknown as Container);
  void reportFault(machine, supervisor, new Error('a bug'), 'supervision');
  await rest(guest);
  context.mock.timers.tick(16_000);
  await rest(guest);
  assert.notEqual(machine.ending, undefined);
});
