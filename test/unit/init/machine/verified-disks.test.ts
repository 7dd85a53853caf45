import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import {
  isCorrupt,
  removeVerifiedDisks,
  verifiedDisks,
  watchVerifiedDisks,
} from '../../../../init/machine/verified-disks.ts';
import type { EventBody } from '../../../../protocol/events.ts';
import { parseLaunchConfig } from '../../../../protocol/launch-config.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { systemError } from '../../../support/kernel-pipes.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { makeKernelTree } from './kernel-tree.ts';

const verity = {
  rootHash: '0'.repeat(64),
  salt: '',
  algorithm: 'sha256',
  dataBlocks: 1,
  hashOffsetBytes: 4096,
  blockSizeBytes: 4096,
};
const disks = verifiedDisks(
  parseLaunchConfig({
    version: 1,
    root: { format: 'erofs', verity },
    mounts: [
      { type: 'disk', destination: '/plain', serial: 'a', format: 'ext4' },
      { type: 'disk', destination: '/data', serial: 'b', format: 'ext4', verity },
      { type: 'tmpfs', destination: '/tmp' },
    ],
  }),
);

function openGuest(context: TestContext) {
  const native = new FakeNative();
  context.after(() => native.dispose());
  const { log, lines } = makeRecordingLog();
  const events: EventBody[] = [];
  const announce = (body: EventBody): void => void events.push(body);
  for (const { deviceName } of disks) {
    const request = {
      controlPath: '/dev/mapper/control',
      name: deviceName,
      uuid: '',
      readonly: true,
      target: { type: 'verity', lengthSectors: 8, params: '' },
    };
    native.createMappedDevice(request);
  }
  const damage = (deviceName: string): void => {
    const device = native.mappedDevices.get(deviceName);
    assert.ok(device !== undefined);
    device.status = 'C';
  };
  const change = (device = 'dm-0'): void => {
    native.ueventSockets[0]?.send(`change@/devices/virtual/block/${device}`, 'SUBSYSTEM=block');
    native.settle();
  };
  return { native, log, lines, events, announce, damage, change };
}

describe('verifiedDisks()', () => {
  it('are those with a root hash, by their places', () => {
    assert.deepEqual(disks, [
      { deviceName: 'firstborn-root', place: '/' },
      { deviceName: 'firstborn-volume-1', place: '/data' },
    ]);
  });
});

describe('isCorrupt()', () => {
  it('goes by what the kernel says, and is false of a disk that is not there', (context) => {
    const { native, damage } = openGuest(context);
    assert.equal(isCorrupt(native, 'firstborn-root'), false);
    damage('firstborn-root');
    assert.equal(isCorrupt(native, 'firstborn-root'), true);
    assert.equal(isCorrupt(native, 'other'), false);
  });
});

describe('watchVerifiedDisks()', () => {
  it('opens nothing for a machine without verified disks', (context) => {
    const guest = openGuest(context);
    watchVerifiedDisks(guest, []);
    assert.equal(guest.native.ueventSockets.length, 0);
  });

  it('tells of each disk once, when the kernel says that something has changed', (context) => {
    const guest = openGuest(context);
    const { events, lines, damage, change } = guest;
    watchVerifiedDisks(guest, disks);
    change();
    assert.deepEqual(events, []);
    damage('firstborn-volume-1');
    change('vda');
    assert.deepEqual(events, [], 'another disk is no reason to look');
    for (let times = 0; times < 3; times += 1) change();
    assert.deepEqual(events, [{ event: 'corruption', disk: '/data' }]);
    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.['disk'], '/data');
    damage('firstborn-root');
    change();
    assert.deepEqual(events.at(-1), { event: 'corruption', disk: '/' });
  });

  it('tells of what was damaged before, and of what happened while messages were lost', (context) => {
    const guest = openGuest(context);
    const { native, events, damage } = guest;
    damage('firstborn-root');
    watchVerifiedDisks(guest, disks);
    assert.deepEqual(events, [{ event: 'corruption', disk: '/' }]);
    damage('firstborn-volume-1');
    native.ueventSockets[0]?.loseMessage();
    native.settle();
    assert.deepEqual(events.at(-1), { event: 'corruption', disk: '/data' });
  });

  it('looks once where there are no uevents', (context) => {
    const guest = openGuest(context);
    const { native, events, lines, damage } = guest;
    context.mock.method(native, 'openUeventSocket', () => {
      throw systemError('EPROTONOSUPPORT', 93, 'socket');
    });
    damage('firstborn-root');
    watchVerifiedDisks(guest, disks);
    assert.deepEqual(events, [{ event: 'corruption', disk: '/' }]);
    assert.equal(lines[0]?.['msg'], 'the uevent socket can not be opened');
  });
});

describe('removeVerifiedDisks()', () => {
  it('takes away its own devices, and goes on after one that is in use', (context) => {
    const { native, log, lines } = openGuest(context);
    const sysRoot = makeKernelTree(context, {
      'block/dm-0/dm/name': 'firstborn-root\n',
      'block/dm-1/dm/name': 'firstborn-volume-1\n',
      'block/dm-2/dm/name': 'somebody-elses\n',
      'block/vda/dm/name': 'firstborn-root\n',
    });
    const remove = context.mock.method(native, 'removeMappedDevice');
    remove.mock.mockImplementationOnce(() => {
      throw systemError('EBUSY', 16, 'DM_DEV_REMOVE');
    });
    removeVerifiedDisks(native, log, sysRoot);
    assert.deepEqual([...native.mappedDevices.keys()].length, 1);
    assert.equal(remove.mock.callCount(), 2);
    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.['errno'], 'EBUSY');
  });

  it('has nothing to do in a machine without any', (context) => {
    const { native, log } = openGuest(context);
    const remove = context.mock.method(native, 'removeMappedDevice');
    removeVerifiedDisks(native, log, makeKernelTree(context, { 'block/vda/size': '1' }));
    assert.equal(remove.mock.callCount(), 0);
  });
});
