import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listKernelDirectory, readKernelFile } from '../../../../init/machine/kernel-file.ts';
import { makeKernelTree } from './kernel-tree.ts';

test('readKernelFile() gives the text, or nothing where there is no such file', (context) => {
  const root = makeKernelTree(context, { 'cpu.max': 'max 100000\n' });
  assert.equal(readKernelFile(`${root}/cpu.max`), 'max 100000\n');
  assert.equal(readKernelFile(`${root}/cpu.idle`), undefined);
  assert.equal(readKernelFile(root), undefined);
});

test('listKernelDirectory() gives the names, or none where there is no such directory', (context) => {
  const root = makeKernelTree(context, { 'event0/uevent': '' });
  assert.deepEqual(listKernelDirectory(root), ['event0']);
  assert.deepEqual(listKernelDirectory(`${root}/event1`), []);
});
