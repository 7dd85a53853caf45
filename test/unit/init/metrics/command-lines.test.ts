import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandLines } from '../../../../init/metrics/command-lines.ts';
import { settlePromises } from '../../../support/guest-channel.ts';
import { makeKernelTree } from '../machine/kernel-tree.ts';

test('read() gives the arguments of a process', async (context) => {
  const root = makeKernelTree(context, { '7/cmdline': 'sh\0-c\0true\0' });
  assert.deepEqual(await new CommandLines().read(root, 7), ['sh', '-c', 'true']);
});

test('read() gives nothing for a process that has ended', async () => {
  assert.deepEqual(await new CommandLines().read('/nowhere', 7), []);
});

test('read() cuts a command line of many bytes', async (context) => {
  const root = makeKernelTree(context, { '7/cmdline': 'ä'.repeat(100_000) });
  assert.deepEqual(await new CommandLines().read(root, 7), ['ä'.repeat(256)]);
});

test('read() waits for no process that makes the kernel wait, and asks none while two do', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const asked: { path: string; answer: (text: string) => void }[] = [];
  const commandLines = new CommandLines((path) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    asked.push({ path, answer: resolve });
    return promise;
  });
  const both = [commandLines.read('/proc', 1), commandLines.read('/proc', 2)];
  context.mock.timers.tick(250);
  assert.deepEqual(await Promise.all(both), [[], []]);
  assert.deepEqual(await commandLines.read('/proc', 3), []);
  assert.deepEqual(
    asked.map(({ path }) => path),
    ['/proc/1/cmdline', '/proc/2/cmdline'],
  );
  asked[0]?.answer('late');
  await settlePromises();
  const third = commandLines.read('/proc', 3);
  asked[2]?.answer('sh\0');
  assert.deepEqual(await third, ['sh']);
});
