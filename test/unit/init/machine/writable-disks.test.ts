import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findWritableDisks } from '../../../../init/machine/writable-disks.ts';
import { makeKernelTree } from './kernel-tree.ts';

const inSelf = `22 27 0:21 / /proc rw - proc proc rw
23 27 254:0 / /image ro - squashfs /dev/vda ro
24 27 254:32 / /overlay rw - ext4 /dev/vdc rw
25 27 0:5 / /dev rw - devtmpfs devtmpfs rw
`;
const inContainer = `40 27 0:30 / / rw - overlay overlay rw,lowerdir=/image
41 40 254:48 / /my\\040data ro - ext4 /dev/vdd rw
42 40 254:48 /sub /again rw - ext4 /dev/vdd rw
43 40 254:32 / /also rw - ext4 /dev/vdc rw
44 40 254:64 / /sealed rw - ext4 /dev/vde ro,norecovery
`;

test('findWritableDisks() finds each filesystem once, by the first process that has it', (context) => {
  const procRoot = makeKernelTree(context, { 'self/mountinfo': inSelf, '7/mountinfo': inContainer });
  assert.deepEqual(findWritableDisks(['self', 7, 8], procRoot), [
    { device: '254:32', path: `${procRoot}/self/root/overlay` },
    { device: '254:48', path: `${procRoot}/7/root/my data` },
  ]);
});

test('findWritableDisks() finds none without processes', () => {
  assert.deepEqual(findWritableDisks([7], '/nowhere'), []);
});
