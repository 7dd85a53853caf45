import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  bringOnline,
  listHotplugDevices,
  memoryBlockBytes,
  onlineMemoryAutomatically,
} from '../../../../init/machine/hotplug-devices.ts';
import { addKernelFiles, makeKernelTree } from './kernel-tree.ts';
import { refuseWrites } from './refuse-writes.ts';

const devices = {
  'devices/system/cpu/cpu0/uevent': '', // the first CPU often can't be taken offline
  'devices/system/cpu/cpu1/online': '0\n',
  'devices/system/cpu/cpu2/online': '1\n',
  'devices/system/cpu/cpufreq/boost': '0\n',
  'devices/system/cpu/online': '0,2\n',
  'devices/system/memory/memory0/state': 'online\n',
  'devices/system/memory/memory40/state': 'offline\n',
  'devices/system/memory/auto_online_blocks': 'offline\n',
  'devices/system/memory/block_size_bytes': '8000000\n',
};

test('listHotplugDevices() finds CPUs and memory blocks', async (context) => {
  const names = (await listHotplugDevices(makeKernelTree(context, devices))).map(({ name }) => name);
  assert.deepEqual(names.toSorted(), ['cpu0', 'cpu1', 'cpu2', 'memory0', 'memory40']);
});

test('listHotplugDevices() finds none on a kernel without hot-plug', async () => {
  assert.deepEqual(await listHotplugDevices('/nowhere'), []);
});

const cases: [kind: 'cpu' | 'memory', name: string, brought: boolean, state: string][] = [
  ['cpu', 'cpu1', true, '1'],
  ['cpu', 'cpu2', false, '1\n'],
  ['memory', 'memory40', true, 'online'],
  ['memory', 'memory0', false, 'online\n'],
];
for (const [kind, name, brought, state] of cases) {
  test(`bringOnline() ${brought ? 'brings' : 'need not bring'} ${name} online`, async (context) => {
    const root = makeKernelTree(context, devices);
    assert.equal(await bringOnline(root, { kind, name }), brought);
    const file = kind === 'cpu' ? 'online' : 'state';
    assert.ok(readFileSync(`${root}/devices/system/${kind}/${name}/${file}`, 'latin1').startsWith(state));
  });
}

test('bringOnline() leaves a device alone that has no such state', async (context) => {
  assert.equal(await bringOnline(makeKernelTree(context, devices), { kind: 'cpu', name: 'cpu0' }), false);
});

test('bringOnline() rejects when the kernel refuses', async (context) => {
  const root = makeKernelTree(context, devices);
  refuseWrites(context, () => true);
  await assert.rejects(bringOnline(root, { kind: 'cpu', name: 'cpu1' }), { code: 'EINVAL' });
});

test('bringOnline() is content when the kernel was faster and therefore refuses', async (context) => {
  const root = makeKernelTree(context, devices);
  const state = 'devices/system/memory/memory40/state';
  refuseWrites(context, () => {
    addKernelFiles(root, { [state]: 'online\n' });
    return true;
  });
  assert.equal(await bringOnline(root, { kind: 'memory', name: 'memory40' }), true);
});

test('onlineMemoryAutomatically() says whether the kernel can', async (context) => {
  const root = makeKernelTree(context, devices);
  assert.equal(await onlineMemoryAutomatically(root), true);
  assert.match(readFileSync(`${root}/devices/system/memory/auto_online_blocks`, 'latin1'), /^online/);
  assert.equal(await onlineMemoryAutomatically('/nowhere'), false);
});

test('memoryBlockBytes() reads the hexadecimal size', async (context) => {
  assert.equal(await memoryBlockBytes(makeKernelTree(context, devices)), 128 * 1024 * 1024);
  assert.equal(await memoryBlockBytes('/nowhere'), 0);
});
