import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { keepOnline } from '../../../../init/machine/online.ts';
import { OnlineKeeper } from '../../../../init/machine/online-keeper.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { addKernelFiles, makeKernelTree } from './kernel-tree.ts';
import { refuseWrites } from './refuse-writes.ts';

const cpus = 'devices/system/cpu';
const memory = 'devices/system/memory';
const atStart = {
  [`${cpus}/cpu0/online`]: '1\n',
  [`${cpus}/cpu1/online`]: '0\n',
  [`${memory}/memory0/state`]: 'online\n',
  [`${memory}/block_size_bytes`]: '8000000\n',
};

function openKeeper(context: TestContext) {
  const root = makeKernelTree(context, atStart);
  const { log, lines } = makeRecordingLog();
  const state = (path: string): string => readFileSync(`${root}/${path}`, 'latin1').trim();
  return { root, lines, state, log, keeper: new OnlineKeeper(log, root) };
}

test('scan() brings online what is offline at the start, and says so', async (context) => {
  const { keeper, state, lines } = openKeeper(context);
  await keeper.scan();
  assert.equal(state(`${cpus}/cpu1/online`)[0], '1');
  assert.deepEqual(
    lines.map((line) => line['cpus']),
    [['cpu1']],
  );
});

test('scan() leaves a CPU offline that somebody took offline', async (context) => {
  const { keeper, root, state } = openKeeper(context);
  await keeper.scan();
  addKernelFiles(root, { [`${cpus}/cpu1/online`]: '0\n' });
  await keeper.scan();
  assert.equal(state(`${cpus}/cpu1/online`), '0');
});

test('scan() takes a CPU that was removed and comes again for a new one', async (context) => {
  const { keeper, root, state } = openKeeper(context);
  await keeper.scan();
  addKernelFiles(root, { [`${cpus}/cpu1/online`]: '0\n' });
  keeper.forget('cpu1');
  await keeper.scan();
  assert.equal(state(`${cpus}/cpu1/online`)[0], '1');
  rmSync(`${root}/${cpus}/cpu1`, { recursive: true });
  await keeper.scan();
  addKernelFiles(root, { [`${cpus}/cpu1/online`]: '0\n' });
  await keeper.scan();
  assert.equal(state(`${cpus}/cpu1/online`)[0], '1');
});

test('scan() tells of memory that the kernel has brought online by itself', async (context) => {
  const { keeper, root, lines } = openKeeper(context);
  await keeper.scan();
  addKernelFiles(root, {
    [`${memory}/memory40/state`]: 'online\n',
    [`${memory}/memory41/state`]: 'offline\n',
  });
  await keeper.scan();
  assert.equal(lines.at(-1)?.['memoryMiB'], 256);
});

test('scan() goes on with the next device when the kernel refuses one', async (context) => {
  const { keeper, root, state, lines } = openKeeper(context);
  addKernelFiles(root, { [`${cpus}/cpu2/online`]: '0\n' });
  refuseWrites(context, (path) => path.includes('/cpu1/'));
  await keeper.scan();
  assert.equal(state(`${cpus}/cpu1/online`), '0');
  assert.equal(state(`${cpus}/cpu2/online`)[0], '1');
  assert.deepEqual(
    lines.map((line) => line['device'] ?? line['cpus']),
    ['cpu1', ['cpu2']],
  );
});

/** Waits for what keepOnline does by itself; the test's own time limit ends it. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test('keepOnline() acts on uevents of CPUs and memory', { timeout: 10_000 }, async (context) => {
  const { root, log, lines, state } = openKeeper(context);
  const native = new FakeNative();
  context.after(() => native.dispose());
  keepOnline({ native, log, sysRoot: root });
  await until(() => lines.length === 1);
  const [socket] = native.ueventSockets;
  addKernelFiles(root, { [`${cpus}/cpu2/online`]: '0\n' });
  socket?.send('add@/devices/system/cpu/cpu2', 'SUBSYSTEM=cpu');
  native.settle();
  await until(() => lines.length === 2);
  assert.equal(state(`${cpus}/cpu2/online`)[0], '1');
  addKernelFiles(root, { [`${cpus}/cpu2/online`]: '0\n' });
  socket?.send('remove@/devices/system/cpu/cpu2', 'SUBSYSTEM=cpu');
  socket?.send('add@/devices/system/cpu/cpu2', 'SUBSYSTEM=cpu');
  native.settle();
  await until(() => lines.length === 3);
  addKernelFiles(root, { [`${cpus}/cpu2/online`]: '0\n' });
  socket?.loseMessage();
  native.settle();
  await until(() => lines.length === 4);
  assert.equal(state(`${cpus}/cpu2/online`)[0], '1');
});

test('keepOnline() polls where there are no uevents', { timeout: 10_000 }, async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const { root, log, lines, state } = openKeeper(context);
  const native = new FakeNative();
  context.mock.method(native, 'openUeventSocket', () => {
    throw new Error('EPROTONOSUPPORT');
  });
  keepOnline({ native, log, sysRoot: root });
  await until(() => lines.some((line) => line['cpus'] !== undefined));
  addKernelFiles(root, { [`${cpus}/cpu2/online`]: '0\n' });
  context.mock.timers.tick(2000);
  await until(() => lines.filter((line) => line['cpus'] !== undefined).length === 2);
  assert.equal(state(`${cpus}/cpu2/online`)[0], '1');
});
