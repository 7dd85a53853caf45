import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { composeInitramfs } from '../../../../image/initramfs/compose.ts';
import { encodeCpio } from '../../../../image/initramfs/cpio.ts';
import { ModuleManifest, moduleManifestPath } from '../../../../protocol/kernel-modules.ts';
import { readCpio } from '../../../support/cpio-reader.ts';
import { makeModulesDirectory } from '../../../support/modules-directory.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

interface Inputs {
  scratch: string;
  basePath: string;
  base: Buffer;
  outPath: string;
}

function makeInputs(context: TestContext): Inputs {
  const scratch = scratchDirectory(context);
  const content = Buffer.from('#!/bin/node\n');
  const base = Buffer.concat([...encodeCpio([{ type: 'file', path: 'init', mode: 0o755, content }])]);
  const basePath = join(scratch, 'base.cpio');
  writeFileSync(basePath, base);
  return { scratch, basePath, base, outPath: join(scratch, 'out.cpio') };
}

test('composeInitramfs() copies the base for a kernel with everything built in', async (context) => {
  const { basePath, base, outPath } = makeInputs(context);
  const composed = await composeInitramfs({ basePath, kernelRelease: undefined, outPath });
  assert.deepEqual(composed, { sizeBytes: base.length, modules: [] });
  assert.deepEqual(readFileSync(outPath), base);
});

test('composeInitramfs() adds the modules in loading order with their manifest', async (context) => {
  const { scratch, basePath, base, outPath } = makeInputs(context);
  const modulesDir = makeModulesDirectory(scratch);
  const composed = await composeInitramfs({ basePath, kernelRelease: '6.1.0-9', modulesDir, outPath });
  assert.deepEqual(composed.modules, ['virtio', 'virtio_ring', 'virtio_pci', 'virtio_blk', 'squashfs']);
  const bytes = readFileSync(outPath);
  assert.equal(bytes.length, composed.sizeBytes);
  assert.deepEqual(bytes.subarray(0, base.length), base);
  const entries = readCpio(bytes.subarray(base.length)).map((read) => read.entry);
  assert.deepEqual(
    entries.map((entry) => entry.path),
    [
      'lib',
      'lib/firstborn',
      'lib/modules',
      'lib/modules/6.1.0-9',
      'lib/modules/6.1.0-9/kernel',
      moduleManifestPath,
      'lib/modules/6.1.0-9/kernel/virtio.ko',
      'lib/modules/6.1.0-9/kernel/virtio_ring.ko',
      'lib/modules/6.1.0-9/kernel/virtio_pci.ko',
      'lib/modules/6.1.0-9/kernel/virtio-blk.ko',
      'lib/modules/6.1.0-9/kernel/squashfs.ko',
    ],
  );
  const file = entries.find((entry) => entry.path === moduleManifestPath);
  assert.ok(file?.type === 'file');
  const manifest = ModuleManifest.parse(JSON.parse(Buffer.from(file.content).toString()));
  assert.equal(manifest.release, '6.1.0-9');
  assert.deepEqual(manifest.modules[3], {
    name: 'virtio_blk',
    path: '/lib/modules/6.1.0-9/kernel/virtio-blk.ko',
    dependencies: ['virtio', 'virtio_ring'],
    aliases: ['virtio:d00000002v*'],
  });
  const module = entries.find((entry) => entry.path.endsWith('/squashfs.ko'));
  assert.deepEqual(module?.type === 'file' && Buffer.from(module.content).toString(), 'bytes of squashfs.ko');
});

test('composeInitramfs() adds nothing for a kernel that has everything built in', async (context) => {
  const { scratch, basePath, outPath } = makeInputs(context);
  for (const name of ['modules.dep', 'modules.alias']) writeFileSync(join(scratch, name), '');
  const options = { basePath, kernelRelease: '6.1.0', modulesDir: scratch, outPath };
  assert.deepEqual((await composeInitramfs(options)).modules, []);
  assert.deepEqual(readFileSync(outPath), readFileSync(basePath));
});

test('composeInitramfs() makes the same bytes of the same inputs and leaves nothing else', async (context) => {
  const { scratch, basePath, outPath } = makeInputs(context);
  const modulesDir = makeModulesDirectory(scratch);
  const options = { basePath, kernelRelease: '6.1.0', modulesDir, outPath };
  await composeInitramfs(options);
  const first = readFileSync(outPath);
  await composeInitramfs(options);
  assert.deepEqual(readFileSync(outPath), first);
  assert.deepEqual(readdirSync(scratch).toSorted(), ['base.cpio', 'modules', 'out.cpio']);
});

test('composeInitramfs() refuses modules for a kernel that does not tell its release', async (context) => {
  const { basePath, outPath } = makeInputs(context);
  const options = { basePath, kernelRelease: undefined, modulesDir: '/lib/modules/x', outPath };
  await assert.rejects(composeInitramfs(options), {
    code: 'host',
    message: 'Cannot pack modules from "/lib/modules/x": the kernel does not tell its release',
  });
});

test('composeInitramfs() leaves nothing behind when it fails', async (context) => {
  const { scratch, outPath } = makeInputs(context);
  const options = { basePath: join(scratch, 'missing.cpio'), kernelRelease: undefined, outPath };
  await assert.rejects(composeInitramfs(options), {
    code: 'host',
    message: `Cannot write the initramfs "${outPath}"`,
  });
  assert.deepEqual(readdirSync(scratch), ['base.cpio']);
});

test('composeInitramfs() adds the plan of a first stage, which loads modules from where they are', async (context) => {
  const { scratch, basePath, base, outPath } = makeInputs(context);
  const modulesDir = makeModulesDirectory(scratch);
  await composeInitramfs({ basePath, kernelRelease: '6.1.0-9', modulesDir, firstStage: true, outPath });
  const entries = readCpio(readFileSync(outPath).subarray(base.length)).map((read) => read.entry);
  const plan = entries.find((entry) => entry.path === 'first-stage.plan');
  assert.ok(plan?.type === 'file');
  const text = Buffer.from(plan.content).toString('latin1');
  for (const { path } of entries.filter((entry) => /virtio.*\.ko$/.test(entry.path))) {
    assert.ok(text.includes(`/${path}\0`), path);
  }
  assert.ok(!text.includes('squashfs'));
});

test('composeInitramfs() adds the plan for a kernel without modules too', async (context) => {
  const { basePath, base, outPath } = makeInputs(context);
  await composeInitramfs({ basePath, kernelRelease: undefined, firstStage: true, outPath });
  const [only, ...others] = readCpio(readFileSync(outPath).subarray(base.length));
  assert.equal(only?.entry.path, 'first-stage.plan');
  assert.deepEqual(others, []);
});
