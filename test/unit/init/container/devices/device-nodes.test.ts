import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultDeviceNodes, deviceNodes } from '../../../../../init/container/devices/device-nodes.ts';
import type { SpecDevice } from '../../../../../protocol/oci/runtime-spec.ts';

const added = (devices: SpecDevice[]) => deviceNodes(devices).slice(defaultDeviceNodes().length);

test('deviceNodes() gives the default devices of the specification', () => {
  const lines = deviceNodes([]).map(({ path, kind, major, minor, mode, uid, gid }) =>
    [path, kind, major, minor, mode.toString(8), uid, gid].join(' '),
  );
  assert.deepEqual(lines, [
    '/dev/null char 1 3 666 0 0',
    '/dev/zero char 1 5 666 0 0',
    '/dev/full char 1 7 666 0 0',
    '/dev/random char 1 8 666 0 0',
    '/dev/urandom char 1 9 666 0 0',
    '/dev/tty char 5 0 666 0 0',
  ]);
});

test('deviceNodes() replaces a default device in its place', () => {
  const nodes = deviceNodes([
    { path: '/dev/full', type: 'c', major: 1, minor: 5, fileMode: 0o600, uid: 7, gid: 8 },
  ]);
  assert.equal(nodes.length, defaultDeviceNodes().length);
  assert.deepEqual(nodes[2], {
    path: '/dev/full',
    kind: 'char',
    major: 1,
    minor: 5,
    mode: 0o600,
    uid: 7,
    gid: 8,
  });
});

const table: [name: string, device: SpecDevice, line: string][] = [
  [
    'a character device',
    { path: '/dev/fuse', type: 'c', major: 10, minor: 229 },
    '/dev/fuse char 10 229 666',
  ],
  ['an unbuffered one', { path: '/dev/x', type: 'u', major: 4, minor: 64 }, '/dev/x char 4 64 666'],
  [
    'a block device',
    { path: '/dev/sda', type: 'b', major: 8, minor: 0, fileMode: 0o660 },
    '/dev/sda block 8 0 660',
  ],
  ['a fifo without numbers', { path: '/run/pipe', type: 'p', fileMode: 0o622 }, '/run/pipe fifo 0 0 622'],
  ['a fifo with numbers', { path: '/run/pipe', type: 'p', major: 3, minor: 4 }, '/run/pipe fifo 0 0 666'],
  ['a path outside /dev', { path: '/srv/null', type: 'c', major: 1, minor: 3 }, '/srv/null char 1 3 666'],
  [
    'a mode with its type',
    { path: '/dev/x', type: 'c', major: 1, minor: 3, fileMode: 0o020640 },
    '/dev/x char 1 3 640',
  ],
  ['a path with detours', { path: '/dev/./a//b/', type: 'c', major: 1, minor: 3 }, '/dev/a/b char 1 3 666'],
];
for (const [name, device, line] of table) {
  test(`deviceNodes() adds ${name}`, () => {
    assert.deepEqual(
      added([device]).map(
        ({ path, kind, major, minor, mode }) => `${path} ${kind} ${major} ${minor} ${mode.toString(8)}`,
      ),
      [line],
    );
  });
}

test('deviceNodes() lets the last of several nodes for one device win', () => {
  const device = { path: '/dev/a', type: 'c', major: 1, minor: 3 } as const;
  assert.deepEqual(
    added([device, { ...device, path: '/dev//a', fileMode: 0o600 }]).map(({ mode }) => mode),
    [0o600],
  );
});

test('deviceNodes() leaves /dev/ptmx to the terminals', () => {
  assert.deepEqual(added([{ path: '/dev/ptmx', type: 'c', major: 5, minor: 2 }]), []);
});

const device = { path: '/dev/a', type: 'c', major: 1, minor: 3 } as const;
const refusals: [devices: SpecDevice[], message: string][] = [
  [[device, { ...device, minor: 5 }], 'linux.devices[1].path: expected one device at "/dev/a", got two'],
  [[device, { ...device, type: 'b' }], 'linux.devices[1].path: expected one device at "/dev/a", got two'],
  [
    [{ ...device, path: 'dev/a' }],
    'linux.devices[0].path: expected the absolute path of a file, got "dev/a"',
  ],
  [
    [{ ...device, path: '/dev/..' }],
    'linux.devices[0].path: expected the absolute path of a file, got "/dev/.."',
  ],
  [[{ path: '/dev/a', type: 'c', major: 1 }], 'linux.devices[0].minor: expected a number'],
  [[{ path: '/dev/a', type: 'b' }], 'linux.devices[0].major: expected a number'],
  [[{ ...device, major: -1 }], 'linux.devices[0].major: expected a whole number from 0 to 4095, got -1'],
  [
    [{ ...device, minor: 1_048_576 }],
    'linux.devices[0].minor: expected a whole number from 0 to 1048575, got 1048576',
  ],
];
for (const [devices, message] of refusals) {
  test(`deviceNodes() refuses ${message}`, () => {
    assert.throws(() => deviceNodes(devices), {
      name: 'FirstbornError',
      code: 'config',
      message: `Cannot run the configuration: ${message}`,
    });
  });
}
