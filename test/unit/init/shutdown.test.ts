import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diskMounts, endMachine, type Machine } from '../../../init/shutdown.ts';
import { openFakeChildren, rest } from '../../support/fake-children.ts';

test('diskMounts() are those of disks, volumes and the root, not what the machine stands on', () => {
  const mounts = [
    'proc /proc proc rw 0 0',
    'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0',
    'tmpfs /run tmpfs rw 0 0',
    '/dev/vdb /config squashfs ro 0 0',
    'overlay /newroot overlay rw 0 0',
    '/dev/vdc /run/firstborn/volumes/0 ext4 rw 0 0',
    '/dev/vdd /configuration ext4 rw 0 0',
    '',
  ].join('\n');
  assert.deepEqual(diskMounts(mounts), ['/config', '/newroot', '/run/firstborn/volumes/0']);
});

for (const [how, ways] of [
  ['poweroff', ['poweroff', 'halt']],
  ['reboot', ['restart', 'poweroff', 'halt']],
] as const) {
  test(`endMachine() to ${how} syncs, waits for the host, and tries what there is`, async (context) => {
    const guest = openFakeChildren(context);
    const machine: Machine = { ...guest.dependencies, channel: guest.channel };
    guest.channel.announce({ event: 'exit', container: 'main', reason: 'exited', code: 0 });
    const end = endMachine(machine, { how, code: 0 });
    assert.equal(endMachine(machine, { how: 'poweroff', code: 1 }), end, 'there is one end only');
    await rest(guest);
    assert.equal(guest.children.length, 1, 'the one that syncs');
    guest.end({ pid: 101, code: 0 });
    await rest(guest);
    assert.deepEqual(guest.native.reboots, [], 'nobody has acknowledged the exit');
    guest.channel.acknowledge(1);
    await rest(guest);
    assert.deepEqual(guest.native.reboots, ways);
  });
}

test('endMachine() thaws what is frozen before it syncs, and does not wait for that for ever', async (context) => {
  const guest = openFakeChildren(context);
  const thawed = Promise.withResolvers<void>();
  const machine: Machine = { ...guest.dependencies, channel: undefined, thaw: () => thawed.promise };
  void endMachine(machine, { how: 'poweroff', code: 0 });
  await rest(guest);
  assert.equal(guest.children.length, 0);
  context.mock.timers.tick(6_000);
  await rest(guest);
  assert.equal(guest.children.length, 1, 'the one that syncs');
  guest.end({ pid: 101, code: 0 });
  await rest(guest);
  assert.equal(guest.native.reboots[0], 'poweroff');
});

test('endMachine() does not wait for ever, neither for a disk nor for a host', async (context) => {
  const guest = openFakeChildren(context);
  const machine: Machine = { ...guest.dependencies, channel: guest.channel };
  guest.channel.announce({ event: 'exit', container: 'main', reason: 'exited', code: 0 });
  void endMachine(machine, { how: 'poweroff', code: 0 });
  await rest(guest);
  context.mock.timers.tick(5_000);
  await rest(guest);
  context.mock.timers.tick(5_000);
  await rest(guest);
  assert.equal(guest.native.reboots[0], 'poweroff');
});
