import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findWritableDisks } from '../../../../init/machine/writable-disks.ts';
import { makeKernelTree } from './kernel-tree.ts';

const mountinfo = `22 27 0:21 / /proc rw - proc proc rw
23 27 254:0 / /image ro - squashfs /dev/vda ro
24 27 254:32 / /overlay rw - ext4 /dev/vdc rw
25 27 0:5 / /dev rw - devtmpfs devtmpfs rw
41 27 254:48 / /my\\040data ro - ext4 /dev/vdd rw
42 27 254:48 /sub /again rw - ext4 /dev/vdd rw
44 27 254:64 / /sealed rw - ext4 /dev/vde ro,norecovery
`;

test('findWritableDisks() finds each filesystem once, where it was mounted first', (context) => {
  const procRoot = makeKernelTree(context, { 'self/mountinfo': mountinfo });
  assert.deepEqual(findWritableDisks(procRoot), ['/overlay', '/my data']);
});

test('findWritableDisks() finds none without procfs', () => {
  assert.deepEqual(findWritableDisks('/nowhere'), []);
});
