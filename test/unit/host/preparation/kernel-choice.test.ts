import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { artefacts } from '../../../../host/artefacts.ts';
import { chooseKernel, type KernelOptions } from '../../../../host/preparation/kernel-choice.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

/** The beginning of an ELF file with the banner that every uncompressed kernel has in it. */
function vmlinux(release: string): Buffer {
  const image = Buffer.alloc(0x1000);
  image.writeUInt32BE(0x7f454c46);
  image.write(`Linux version ${release} (builder)\0`, 0x400, 'latin1');
  return image;
}

function makeOptions(
  context: TestContext,
  kernelPath: string | undefined,
): KernelOptions & { build: string } {
  const build = join(scratchDirectory(context), 'build');
  for (const name of ['kernel/modules', 'kernel-microvm']) mkdirSync(join(build, name), { recursive: true });
  writeFileSync(join(build, 'kernel/vmlinuz'), vmlinux('6.1.0-debian'));
  writeFileSync(join(build, 'kernel/modules/modules.dep'), '');
  return {
    build,
    kernelPath,
    modulesDir: undefined,
    artefacts: artefacts({ FIRSTBORN_BUILD_DIR: build }),
  };
}

test("chooseKernel() takes Debian's kernel and its modules when no other is named", async (context) => {
  const { build, ...options } = makeOptions(context, undefined);
  assert.deepEqual(await chooseKernel(options), {
    path: join(build, 'kernel/vmlinuz'),
    release: '6.1.0-debian',
    modulesDir: join(build, 'kernel/modules'),
  });
});

test('chooseKernel() takes the microVM kernel by its word, with the lists beside it', async (context) => {
  const { build, ...options } = makeOptions(context, 'microvm');
  writeFileSync(join(build, 'kernel-microvm/vmlinux'), vmlinux('6.1.0-firstborn-microvm'));
  writeFileSync(join(build, 'kernel-microvm/modules.dep'), '');
  assert.deepEqual(await chooseKernel(options), {
    path: join(build, 'kernel-microvm/vmlinux'),
    release: '6.1.0-firstborn-microvm',
    modulesDir: join(build, 'kernel-microvm'),
  });
});

test('chooseKernel() says how to build the microVM kernel when it is not there', async (context) => {
  const { build, ...options } = makeOptions(context, 'microvm');
  await assert.rejects(chooseKernel(options), {
    code: 'host',
    message: `Cannot find the microVM kernel "${build}/kernel-microvm/vmlinux": run "npm run kernel" once to build it`,
  });
});

test('chooseKernel() takes a file of that name by a path with a slash', async (context) => {
  const { build, ...options } = makeOptions(context, undefined);
  const kernelPath = join(build, 'microvm');
  writeFileSync(kernelPath, vmlinux('6.1.0-none-such'));
  assert.deepEqual(await chooseKernel({ ...options, kernelPath }), {
    path: kernelPath,
    release: '6.1.0-none-such',
    modulesDir: undefined,
  });
});

test('chooseKernel() takes the modules that are asked for, and refuses what holds none', async (context) => {
  const { build, ...options } = makeOptions(context, undefined);
  const modulesDir = join(build, 'kernel-microvm');
  await assert.rejects(chooseKernel({ ...options, modulesDir }), {
    code: 'host',
    message: `Cannot use "${modulesDir}" for modules: it holds no file "modules.dep"`,
  });
  writeFileSync(join(modulesDir, 'modules.dep'), '');
  assert.equal((await chooseKernel({ ...options, modulesDir })).modulesDir, modulesDir);
});
