import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pendingXenDevices } from '../../../../init/xen/devices.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

test('pendingXenDevices() gives what has no block device or interface yet', (context) => {
  const root = scratchDirectory(context);
  for (const path of ['vbd-51712/block/xvda', 'vbd-51728', 'vif-0/net/eth0', 'vif-1', 'console-1']) {
    mkdirSync(join(root, 'bus/xen/devices', path), { recursive: true });
  }
  assert.deepEqual(pendingXenDevices('vbd', root), ['vbd-51728']);
  assert.deepEqual(pendingXenDevices('vif', root), ['vif-1']);
});

test('pendingXenDevices() gives nothing on a machine without Xen', (context) => {
  assert.deepEqual(pendingXenDevices('vbd', scratchDirectory(context)), []);
});
