/** Other kernels and boards than the default ones. */
import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { scratchDirectory } from '../support/disks.ts';
import { extractVmlinux } from '../support/extract-vmlinux.ts';
import { expectExit, runFirstborn } from '../support/run-firstborn.ts';
import { busybox, projectRoot } from '../support/test-images.ts';

const kernelPath = realpathSync(join(projectRoot, 'build/kernel/vmlinuz'));
const modulesDir = realpathSync(join(projectRoot, 'build/kernel/modules'));
const scratch = scratchDirectory();
after(() => scratch[Symbol.dispose]());

async function runOn(options: string[]): Promise<string> {
  const result = await runFirstborn([
    ...options,
    busybox,
    'sh',
    '-c',
    'cat /sys/class/net/eth0/carrier; echo ran',
  ]);
  expectExit(result, 0);
  return result.stdout.toString();
}

test('a vmlinux with its modules boots as the bzImage does', async () => {
  const vmlinux = join(scratch.path, 'vmlinux');
  extractVmlinux(kernelPath, vmlinux);
  assert.equal(await runOn(['--kernel', vmlinux, '--modules', modulesDir]), '1\nran\n');
});

test('the pc board boots', async () => {
  assert.equal(await runOn(['--machine', 'pc']), '1\nran\n');
});

test('the microvm board boots', async () => {
  assert.equal(await runOn(['--machine', 'microvm']), '1\nran\n');
});

test('a small machine boots, and two CPUs are two', async () => {
  const result = await runFirstborn(['--memory', '320m', '--cpus', '2', busybox, 'nproc']);
  expectExit(result, 0);
  assert.equal(result.stdout.toString(), '2\n');
});

test('a kernel that cannot find its modules fails with what is missing', async () => {
  const vmlinux = join(scratch.path, 'vmlinux');
  extractVmlinux(kernelPath, vmlinux);
  const result = await runFirstborn(['--kernel', vmlinux, busybox, 'true']);
  expectExit(result, 125);
  assert.match(result.stderr, /Cannot find the host channel/);
});

test('a file that is no kernel is refused before anything starts', async () => {
  const result = await runFirstborn(['--kernel', '/bin/busybox', busybox, 'true']);
  expectExit(result, 125);
  assert.match(result.stderr, /^firstborn: Cannot /);
});
