import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  containerDeviceRules,
  defaultDeviceRules,
  impliedDeviceRules,
} from '../../../../../init/container/devices/default-rules.ts';

test("defaultDeviceRules() allows what runc's device cgroup shows", () => {
  const lines = defaultDeviceRules().map(
    ({ type, major = '*', minor = '*', access }) => `${type} ${major}:${minor} ${access}`,
  );
  assert.deepEqual(lines, [
    'c *:* m',
    'b *:* m',
    'c 1:3 rwm',
    'c 1:5 rwm',
    'c 1:7 rwm',
    'c 1:8 rwm',
    'c 1:9 rwm',
    'c 5:0 rwm',
    'c 5:2 rwm',
    'c 136:* rwm',
    'c 10:200 rwm',
  ]);
  assert.ok(defaultDeviceRules().every(({ allow }) => allow));
});

test('impliedDeviceRules() allows the listed devices and nothing for a fifo', () => {
  assert.deepEqual(
    impliedDeviceRules([
      { path: '/dev/fuse', type: 'c', major: 10, minor: 229 },
      { path: '/dev/serial', type: 'u', major: 4, minor: 64 },
      { path: '/dev/sda', type: 'b', major: 8, minor: 0 },
      { path: '/dev/pipe', type: 'p' },
    ]),
    [
      { allow: true, type: 'c', major: 10, minor: 229, access: 'rwm' },
      { allow: true, type: 'c', major: 4, minor: 64, access: 'rwm' },
      { allow: true, type: 'b', major: 8, minor: 0, access: 'rwm' },
    ],
  );
});

const fuse = { path: '/dev/fuse', type: 'c', major: 10, minor: 229 } as const;

test('containerDeviceRules() puts the defaults last', () => {
  const listed = [{ allow: false, access: 'rwm' }];
  assert.deepEqual(containerDeviceRules({ devices: [fuse], resources: { devices: listed } }), [
    ...listed,
    ...defaultDeviceRules(),
  ]);
});

test('containerDeviceRules() allows the listed devices where no rules are listed', () => {
  const implied = { allow: true, type: 'c', major: 10, minor: 229, access: 'rwm' };
  assert.deepEqual(containerDeviceRules({ devices: [fuse] }), [implied, ...defaultDeviceRules()]);
  assert.deepEqual(containerDeviceRules({ resources: { devices: [] } }), defaultDeviceRules());
});
