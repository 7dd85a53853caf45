import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FirstbornError } from '../../../../../protocol/errors.ts';
import { defaultDevices } from '../../../../../protocol/oci/convert/devices.ts';
import { convertContainer } from './conversion-input.ts';

const devicesOf = (container: object) => {
  const { devices = [], resources } = convertContainer(container).linux;
  return { devices, rules: resources?.devices ?? [] };
};
const numberOfDefaultRules = 11;

test('a plain container gets the default devices and rules that begin with nothing', () => {
  const { devices, rules } = devicesOf({});
  assert.deepEqual(devices, defaultDevices());
  assert.deepEqual(
    devices.map(({ path }) => path),
    ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom', '/dev/tty'],
  );
  assert.deepEqual(rules, [
    { allow: false, access: 'rwm' },
    { allow: true, type: 'c', access: 'm' },
    { allow: true, type: 'b', access: 'm' },
    ...[3, 5, 7, 8, 9].map((minor) => ({ allow: true, type: 'c', major: 1, minor, access: 'rwm' })),
    ...[0, 2].map((minor) => ({ allow: true, type: 'c', major: 5, minor, access: 'rwm' })),
    { allow: true, type: 'c', major: 136, access: 'rwm' },
  ]);
  assert.equal(rules.length, numberOfDefaultRules);
});

test('no default rule opens a block device', () => {
  const { rules } = devicesOf({});
  assert.deepEqual(
    rules.filter(({ allow, type, access }) => allow && type !== 'c' && access !== 'm'),
    [],
  );
});

test('a device of the machine comes with its numbers, mode and owner, and with a rule', () => {
  const { devices, rules } = devicesOf({ devices: [{ path: '/dev/fuse' }] });
  assert.deepEqual(devices.at(-1), {
    path: '/dev/fuse',
    type: 'c',
    major: 10,
    minor: 229,
    fileMode: 0o660,
    uid: 0,
    gid: 5,
  });
  assert.deepEqual(rules.slice(numberOfDefaultRules), [
    { allow: true, type: 'c', major: 10, minor: 229, access: 'rwm' },
  ]);
});

test('a device goes where it is wanted, with the access that is wanted', () => {
  const { devices, rules } = devicesOf({
    devices: [{ path: '/dev/vdx', destination: '/data/disk', access: 'r' }],
  });
  assert.equal(devices.at(-1)?.path, '/data/disk');
  assert.deepEqual(rules.at(-1), { allow: true, type: 'b', major: 254, minor: 0, access: 'r' });
});

test('a directory stands for the devices in it', () => {
  for (const [wish, paths] of [
    [{ path: '/dev/snd' }, ['/dev/snd/seq', '/dev/snd/timer']],
    [{ path: '/dev/snd', destination: '/dev/sound' }, ['/dev/sound/seq', '/dev/sound/timer']],
  ] as const) {
    const { devices, rules } = devicesOf({ devices: [wish] });
    assert.deepEqual(
      devices.slice(-2).map(({ path }) => path),
      paths,
    );
    assert.equal(rules.length, numberOfDefaultRules + 2);
  }
});

test('a FIFO needs no rule', () => {
  const { devices, rules } = devicesOf({ devices: [{ path: '/dev/initctl' }] });
  assert.deepEqual([devices.at(-1)?.type, rules.length], ['p', numberOfDefaultRules]);
});

test('of two devices at one path the later one stays', () => {
  const { devices } = devicesOf({ devices: [{ path: '/dev/fuse', destination: '/dev/null' }] });
  assert.deepEqual(
    devices.filter(({ path }) => path === '/dev/null').map(({ major }) => major),
    [10],
  );
});

test('a privileged container gets every device of the machine, and may open any', () => {
  const { devices, rules } = devicesOf({ privileged: true });
  assert.ok(devices.some(({ path }) => path === '/dev/vdx'));
  assert.ok(devices.some(({ path }) => path === '/dev/null'));
  assert.deepEqual(rules, [{ allow: true, access: 'rwm' }]);
});

const findDevices = (path: string): never => {
  throw new FirstbornError('config', `Cannot find the device "${path}"`);
};

test('a device that the machine does not have is refused by who looks for it', () => {
  assert.throws(() => convertContainer({ devices: [{ path: '/dev/none' }] }, { findDevices }), {
    message: 'Cannot find the device "/dev/none"',
  });
});
