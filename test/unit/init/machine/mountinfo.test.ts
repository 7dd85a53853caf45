import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMountinfo } from '../../../../init/machine/mountinfo.ts';

test('parseMountinfo() reads mounts with and without optional fields', () => {
  const text = `22 27 0:21 / /proc rw,relatime - proc proc rw
36 35 254:16 / /data rw,noatime master:1 propagate_from:2 - ext4 /dev/vdb rw,errors=continue
`;
  assert.deepEqual(parseMountinfo(text), [
    { device: '0:21', mountPoint: '/proc', type: 'proc', source: 'proc', superOptions: ['rw'] },
    {
      device: '254:16',
      mountPoint: '/data',
      type: 'ext4',
      source: '/dev/vdb',
      superOptions: ['rw', 'errors=continue'],
    },
  ]);
});

test('parseMountinfo() takes the escapes out of paths', () => {
  const [mount] = parseMountinfo('1 2 8:1 / /a\\040b\\134c - ext4 /dev/my\\040disk rw\n');
  assert.equal(mount?.mountPoint, '/a b\\c');
  assert.equal(mount?.source, '/dev/my disk');
});

test('parseMountinfo() leaves out what it can not read', () => {
  assert.deepEqual(parseMountinfo('\nno mount\n1 2 8:1 / /a rw\n - ext4 /dev/sda rw\n'), []);
});
