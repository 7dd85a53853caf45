import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { artefacts } from '../../../../host/artefacts.ts';
import { type BootFileOptions, prepareBootFiles } from '../../../../host/preparation/boot-files.ts';
import { pruneInitramfsCache } from '../../../../host/preparation/initramfs-cache.ts';

/** The head of a bzImage (Documentation/arch/x86/boot.rst) with a release in it. */
function bzImage(release: string): Buffer {
  const image = Buffer.alloc(0x1000);
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt16LE(0x400 - 0x200, 0x20e);
  image.write(`${release} (builder) #1\0`, 0x400, 'latin1');
  return image;
}

let directory = '';
let options: BootFileOptions;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'firstborn-'));
  await mkdir(join(directory, 'build/kernel'), { recursive: true });
  await writeFile(join(directory, 'build/initramfs-base.cpio'), 'base archive');
  await writeFile(join(directory, 'build/kernel/vmlinuz'), bzImage('0.0.1-default'));
  options = {
    kernelPath: undefined,
    modulesDir: undefined,
    artefacts: artefacts({ FIRSTBORN_BUILD_DIR: join(directory, 'build') }),
    cacheDir: join(directory, 'cache'),
  };
});
afterEach(() => rm(directory, { recursive: true }));

describe('prepareBootFiles()', () => {
  it('takes the default kernel and keeps the initramfs for the next run', async () => {
    const files = await prepareBootFiles(options);
    assert.equal(files.kernelPath, join(directory, 'build/kernel/vmlinuz'));
    assert.deepEqual([files.kernelRelease, files.modules], ['0.0.1-default', []]);
    assert.equal(await readFile(files.initramfsPath, 'utf8'), 'base archive');
    await writeFile(files.initramfsPath, 'kept as it is');
    const again = await prepareBootFiles(options);
    assert.equal(again.initramfsPath, files.initramfsPath);
    assert.equal(await readFile(again.initramfsPath, 'utf8'), 'kept as it is');
  });

  it('finds the first stage and the runtime disk when the runtime is to be on a disk', async () => {
    await writeFile(join(directory, 'build/first-stage.cpio'), 'first stage');
    await writeFile(join(directory, 'build/runtime.erofs'), 'disk');
    const files = await prepareBootFiles({ ...options, runtimePlace: 'disk' });
    assert.equal(files.runtimeDiskPath, join(directory, 'build/runtime.erofs'));
    const initramfs = await readFile(files.initramfsPath, 'latin1');
    assert.ok(initramfs.startsWith('first stage') && initramfs.includes('first-stage.plan'));
    assert.equal((await prepareBootFiles(options)).runtimeDiskPath, undefined);
  });

  it('says what to run when there is no runtime disk', async () => {
    await writeFile(join(directory, 'build/first-stage.cpio'), 'first stage');
    await assert.rejects(prepareBootFiles({ ...options, runtimePlace: 'disk' }), {
      code: 'host',
      message: `Cannot find the runtime disk "${join(directory, 'build/runtime.erofs')}": run "npm start" once to build it`,
    });
  });

  it('composes anew when the base archive is another one', async () => {
    const files = await prepareBootFiles(options);
    await writeFile(join(directory, 'build/initramfs-base.cpio'), 'newer base archive');
    const again = await prepareBootFiles(options);
    assert.notEqual(again.initramfsPath, files.initramfsPath);
    assert.equal(again.initramfsBytes, 'newer base archive'.length);
  });

  it('composes for several at once, none in the way of another', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => prepareBootFiles(options)));
    for (const { initramfsPath } of all) {
      assert.equal(await readFile(initramfsPath, 'utf8'), 'base archive');
    }
    const names = await readdir(options.cacheDir);
    assert.deepEqual(
      names.filter((name) => name.endsWith('.tmp')),
      [],
    );
  });

  it('refuses a cache that cannot be made', async () => {
    await writeFile(join(directory, 'cache'), 'a file');
    await assert.rejects(prepareBootFiles(options), {
      code: 'host',
      message: `Cannot make the cache directory "${join(directory, 'cache')}"`,
    });
  });

  it('takes a kernel without modules when none are installed for it', async () => {
    const kernelPath = join(directory, 'own');
    await writeFile(kernelPath, bzImage('0.0.2-own'));
    const files = await prepareBootFiles({ ...options, kernelPath });
    assert.deepEqual([files.kernelPath, files.kernelRelease, files.modules], [kernelPath, '0.0.2-own', []]);
  });

  it('packs extra modules into an initramfs of their own and says what the kernel has', async () => {
    const modulesDir = join(directory, 'modules');
    await mkdir(join(modulesDir, 'kernel'), { recursive: true });
    await writeFile(join(modulesDir, 'modules.dep'), 'kernel/virtiofs.ko:\nkernel/squashfs.ko:\n');
    await writeFile(join(modulesDir, 'modules.alias'), '');
    await writeFile(join(modulesDir, 'modules.builtin'), 'kernel/fs/ext4/ext4.ko\n');
    for (const name of ['virtiofs', 'squashfs']) await writeFile(join(modulesDir, `kernel/${name}.ko`), name);
    const usual = await prepareBootFiles({ ...options, modulesDir });
    const extra = await prepareBootFiles({ ...options, modulesDir, extraModules: ['virtiofs', '9p'] });
    assert.notEqual(usual.initramfsPath, extra.initramfsPath);
    assert.deepEqual(usual.modules, ['squashfs']);
    assert.deepEqual(extra.modules, ['squashfs', 'virtiofs']);
    assert.deepEqual(extra.availableModules, new Set(['squashfs', 'virtiofs', 'ext4']));
    assert.equal((await prepareBootFiles(options)).availableModules, undefined);
  });

  it('refuses a directory of modules without modules.dep', async () => {
    await assert.rejects(prepareBootFiles({ ...options, modulesDir: directory }), {
      code: 'host',
      message: `Cannot use "${directory}" for modules: it holds no file "modules.dep"`,
    });
  });

  for (const name of ['initramfs-base.cpio', 'kernel/vmlinuz']) {
    it(`says what to run when ${name} is missing`, async () => {
      await rm(join(directory, 'build', name));
      await assert.rejects(prepareBootFiles(options), {
        code: 'host',
        message: /^Cannot find .* ".*": run "npm start" once to build it$/,
      });
    });
  }
});

describe('pruneInitramfsCache()', () => {
  it('removes the archives that were not used for longest', async () => {
    const cacheDir = join(directory, 'prune');
    await mkdir(cacheDir);
    const now = new Date('2026-01-02T00:00:00Z');
    for (let index = 0; index < 6; index += 1) {
      const used = new Date(now.getTime() - (index + 2) * 60 * 60 * 1000);
      for (const suffix of ['cpio', 'json']) {
        await writeFile(join(cacheDir, `${index}.${suffix}`), '');
        await utimes(join(cacheDir, `${index}.${suffix}`), used, used);
      }
    }
    await pruneInitramfsCache(cacheDir, now.getTime());
    const left = (await readdir(cacheDir)).filter((name) => name.endsWith('.cpio'));
    assert.deepEqual(left.toSorted(), ['0.cpio', '1.cpio', '2.cpio', '3.cpio']);
  });

  it('keeps what another run may be about to use', async () => {
    const cacheDir = join(directory, 'prune');
    await mkdir(cacheDir);
    for (let index = 0; index < 6; index += 1) await writeFile(join(cacheDir, `${index}.cpio`), '');
    await pruneInitramfsCache(cacheDir);
    assert.equal((await readdir(cacheDir)).length, 6);
  });
});
