import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { prepareImage, type PrepareImageOptions } from '../../image/prepare-image.ts';
import {
  buildImage,
  buildWithBuildah,
  run,
  skopeoCopy,
  unpackWithUmoci,
  withMounted,
} from './built-image.ts';
import { type Observed, observeTree, observeXattrs } from './observe.ts';

let scratch: string;
let layout: string;
let oracle: string;

before(() => {
  scratch = mkdtempSync(join(tmpdir(), 'firstborn-image-'));
  layout = join(scratch, 'layout');
  buildImage(layout, scratch);
  oracle = unpackWithUmoci(layout, scratch);
});

after(() => rmSync(scratch, { recursive: true, force: true }));

const platform = { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' };

async function diskOf(
  image: string,
  name: string,
  extra: Partial<PrepareImageOptions> = {},
): Promise<string> {
  const options = { outDir: join(scratch, name), platform, format: 'squashfs' as const, ...extra };
  return (await prepareImage(image, options)).rootDiskPath;
}

const sha256Of = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

type Seen = { tree: Map<string, Partial<Observed>>; xattrs: Map<string, Record<string, string>> };

/** What every file system must agree on; link counts of directories are each file system's own affair. */
function see(root: string, timeUnitNs: bigint, linked = /file|symlink|char|block|fifo/): Seen {
  const tree = new Map<string, Partial<Observed>>();
  for (const [path, { links, mtimeNs, ...rest }] of observeTree(root)) {
    const time = mtimeNs / timeUnitNs;
    tree.set(path, { ...rest, mtimeNs: time, ...(linked.test(rest.type) ? { links } : {}) });
  }
  return { tree: sorted(tree), xattrs: sorted(observeXattrs(root)) };
}

function sorted<Value>(map: Map<string, Value>): Map<string, Value> {
  return new Map([...map].toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

test('A squashfs holds what umoci unpacks from the same image', async () => {
  for (const compression of ['zstd', 'lz4'] as const) {
    const disk = await diskOf(layout, `squashfs-${compression}`, { compression });
    const seen = withMounted(disk, join(scratch, 'mnt'), (root) => see(root, 1_000_000_000n));
    assert.deepEqual(seen, see(oracle, 1_000_000_000n));
    assert.ok(seen.tree.size > 30);
    assert.equal(seen.tree.get('bin/su')?.mode, 0o6755);
    assert.equal(
      seen.xattrs.get('bin/ping')?.['security.capability'],
      '0x0100000200200000000000000000000000000000',
    );
    assert.equal(seen.xattrs.get('usr/lib/a-link')?.['user.binary'], '0x00ff0a3d00');
  }
});

test('An EROFS holds the same, with nanoseconds', async () => {
  const disk = await diskOf(layout, 'erofs', { format: 'erofs' });
  const seen = withMounted(disk, join(scratch, 'mnt'), (root) => see(root, 1n));
  assert.deepEqual(seen, see(oracle, 1n));
});

test('Every way to pack the image gives the same disk', async () => {
  const archives = {
    'oci-archive': join(scratch, 'oci.tar'),
    'docker-archive': join(scratch, 'docker.tar'),
  };
  skopeoCopy(`oci:${layout}:built`, `oci-archive:${archives['oci-archive']}:tag`);
  skopeoCopy(`oci:${layout}:built`, `docker-archive:${archives['docker-archive']}:example/built:1`);
  const wanted = sha256Of(await diskOf(`${layout}:built`, 'packed-layout'));
  assert.equal(sha256Of(await diskOf(`${archives['oci-archive']}:tag`, 'packed-oci')), wanted);
  assert.equal(
    sha256Of(await diskOf(`${archives['docker-archive']}:example/built:1`, 'packed-docker')),
    wanted,
  );
  run('gzip', ['-1', archives['docker-archive']]);
  assert.equal(sha256Of(await diskOf(`${archives['docker-archive']}.gz`, 'packed-gz')), wanted);
});

test('A root file system directory and its tar give the same disk, equal to the directory', async () => {
  const tar = join(scratch, 'rootfs.tar');
  const flags = ['--format=posix', '--sort=name', '--xattrs', '--xattrs-include=*', '--sparse'];
  run('tar', [...flags, '-cf', tar, '-C', oracle, '.']);
  for (const format of ['squashfs', 'erofs'] as const) {
    const unit = format === 'erofs' ? 1n : 1_000_000_000n;
    const fromDirectory = await diskOf(oracle, `directory-${format}`, { format });
    assert.deepEqual(
      withMounted(fromDirectory, join(scratch, 'mnt'), (root) => see(root, unit, /file/)),
      see(oracle, unit, /file/),
    );
    assert.equal(sha256Of(await diskOf(tar, `tar-${format}`, { format })), sha256Of(fromDirectory));
  }
});

test("An image of buildah's holds its files, owners and capabilities", async () => {
  const archive = join(scratch, 'buildah.tar');
  buildWithBuildah(archive, join(scratch));
  const disk = await diskOf(archive, 'buildah');
  const { tree, xattrs } = withMounted(disk, join(scratch, 'mnt'), (root) => see(root, 1n));
  assert.deepEqual([...tree.keys()], ['', 'bin', 'bin/true', 'opt', 'opt/t', 't']);
  assert.deepEqual([tree.get('opt/t')?.uid, tree.get('opt/t')?.gid], [123, 456]);
  assert.equal(xattrs.get('bin/true')?.['security.capability'], '0x0100000201000000000000000000000000000000');
});

test('The disk does not depend on time zone, umask, locale, temporary directory or processors', async () => {
  const module = pathToFileURL(join(import.meta.dirname, '../../image/prepare-image.ts')).href;
  const digests = { squashfs: new Set<string>(), erofs: new Set<string>() };
  const settings = [
    'umask 077; export TZ=Asia/Tokyo LC_ALL=tr_TR.UTF-8 SOURCE_DATE_EPOCH=5; exec taskset -c 0 "$@"',
    'umask 000; export TZ=America/New_York LANG=C TMPDIR=/var/tmp; exec "$@"',
  ];
  for (const [number, setting] of settings.entries()) {
    for (const format of ['squashfs', 'erofs'] as const) {
      const outDir = join(scratch, `run${number}`);
      const call = JSON.stringify({ outDir, platform, format });
      const program = `await (await import('${module}')).prepareImage(${JSON.stringify(layout)}, ${call})`;
      run('sh', ['-c', setting, 'sh', process.execPath, '--input-type=module', '--eval', program]);
      digests[format].add(sha256Of(join(outDir, `root.${format}`)));
    }
  }
  assert.deepEqual([digests.squashfs.size, digests.erofs.size], [1, 1]);
});

test('What is mounted below a root file system directory stays out, its mount point does not', async () => {
  const root = join(scratch, 'chroot');
  const outside = join(scratch, 'chroot-plain');
  for (const path of [root, outside]) {
    for (const name of ['bin', 'proc']) mkdirSync(join(path, name), { recursive: true });
    copyFileSync('/bin/true', join(path, 'bin/true'));
  }
  run('mount', ['-t', 'proc', 'proc', join(root, 'proc')]);
  try {
    const disk = await diskOf(root, 'chroot-disk', { format: 'erofs' });
    const names = withMounted(disk, join(scratch, 'mnt'), (mounted) => [...observeTree(mounted).keys()]);
    assert.deepEqual(names.toSorted(), ['', 'bin', 'bin/true', 'proc']);
  } finally {
    run('umount', [join(root, 'proc')]);
  }
});

test('A full disk is an error of the host at every stage, and leaves nothing behind', async () => {
  const small = join(scratch, 'small');
  const rootfs = join(scratch, 'large');
  const docker = join(scratch, 'large-docker.tar');
  for (const path of [small, rootfs]) mkdirSync(path);
  writeFileSync(join(rootfs, 'tool'), randomBytes(12 * 1024 ** 2), { mode: 0o755 });
  run('tar', ['-cf', `${rootfs}.tar`, '-C', rootfs, '.']);
  const diff = `sha256:${sha256Of(`${rootfs}.tar`)}`;
  const config = {
    os: 'linux',
    architecture: platform.architecture,
    rootfs: { type: 'layers', diff_ids: [diff] },
  };
  writeFileSync(join(scratch, 'config.json'), JSON.stringify(config));
  const manifest = [{ Config: 'config.json', RepoTags: null, Layers: ['large.tar'] }];
  writeFileSync(join(scratch, 'manifest.json'), JSON.stringify(manifest));
  run('tar', ['-czf', docker, '-C', scratch, 'manifest.json', 'config.json', 'large.tar']);
  run('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small]);
  try {
    const outDir = join(small, 'made/for/it');
    for (const format of ['squashfs', 'erofs'] as const) {
      for (const image of [rootfs, docker]) {
        await assert.rejects(prepareImage(image, { outDir, platform, format }), { code: 'host' });
        assert.deepEqual(readdirSync(small), []);
      }
    }
    const cached = { platform, format: 'erofs', cacheDir: join(small, 'cache') } as const;
    await assert.rejects(prepareImage(docker, { ...cached, outDir: join(scratch, 'roomy') }), {
      code: 'host',
      message: /^Cannot keep root disk "/,
    });
    assert.deepEqual(readdirSync(join(small, 'cache')), []);
  } finally {
    run('umount', [small]);
  }
});
