import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkVerityKernel } from '../../../../host/preparation/verity-kernel.ts';

const kernelPath = '/boot/vmlinuz';

test('checkVerityKernel() refuses a kernel that has no dm-verity', () => {
  assert.throws(() => checkVerityKernel({ kernelPath, availableModules: new Set(['dm_mod']) }), {
    code: 'host',
    message: 'Cannot verify disks with the kernel "/boot/vmlinuz": it has no module "dm_verity"',
  });
});

test('checkVerityKernel() takes one that has it, or does not tell', () => {
  checkVerityKernel({ kernelPath, availableModules: new Set(['dm_mod', 'dm_verity']) });
  checkVerityKernel({ kernelPath, availableModules: undefined });
});
