import assert from 'node:assert/strict';
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  prepareImage,
  type PrepareImageOptions,
  type PrepareProgress,
} from '../../../image/prepare-image.ts';
import {
  directory,
  file,
  listAll,
  sha256,
  symlink,
  tarOf,
  temporaryDirectory,
} from '../../support/image-fixtures.ts';
import { dockerArchiveOf, layoutOf } from '../../support/layout-fixtures.ts';

const layers = [tarOf([directory('bin', { uid: 7 }), file('bin/a', 'A'.repeat(5000), { mode: 0o755 })])];

function optionsFor(root: string, extra: Partial<PrepareImageOptions> = {}): PrepareImageOptions {
  return {
    outDir: join(root, 'out'),
    platform: { os: 'linux', architecture: 'amd64' },
    format: 'squashfs',
    ...extra,
  };
}

test('prepareImage() leaves one disk, and the same for every packaging of the same layers', async (context) => {
  const root = await temporaryDirectory(context);
  const paths = [
    await layoutOf({ layers }).writeTo(join(root, 'layout')),
    await layoutOf({ layers, compression: 'zstd' }).writeTo(join(root, 'zstd')),
    join(root, 'oci.tar'),
    join(root, 'docker.tar'),
  ];
  await writeFile(join(root, 'oci.tar'), layoutOf({ layers, compression: 'none' }).toTar());
  await writeFile(join(root, 'docker.tar'), tarOf(dockerArchiveOf([{ layers }])));
  for (const format of ['squashfs', 'erofs'] as const) {
    const digests = new Set<string>();
    for (const path of paths) {
      const prepared = await prepareImage(path, optionsFor(root, { format }));
      const disk = await readFile(prepared.rootDiskPath);
      assert.equal(prepared.rootDiskBytes, disk.length);
      assert.equal(disk.length % 4096, 0);
      assert.equal(prepared.imageConfig.architecture, 'amd64');
      digests.add(sha256(disk));
    }
    assert.equal(digests.size, 1);
  }
  assert.deepEqual(await listAll(join(root, 'out')), ['root.erofs', 'root.squashfs']);
});

test('prepareImage() gives the image config byte for byte', async (context) => {
  const root = await temporaryDirectory(context);
  const builder = layoutOf({ layers });
  const path = await builder.writeTo(join(root, 'layout'));
  const { imageConfigBytes, manifestDigest } = await prepareImage(path, optionsFor(root));
  assert.deepEqual(builder.files.get(`blobs/sha256/${sha256(imageConfigBytes).slice(7)}`), imageConfigBytes);
  assert.ok(builder.files.has(`blobs/sha256/${manifestDigest?.slice(7)}`));
});

test('prepareImage() reports both steps up to their end', async (context) => {
  const root = await temporaryDirectory(context);
  const path = await layoutOf({ layers, compression: 'none' }).writeTo(join(root, 'layout'));
  const last = new Map<string, PrepareProgress>();
  await prepareImage(path, optionsFor(root, { onProgress: (progress) => last.set(progress.step, progress) }));
  const totalBytes = layers.reduce((sum, layer) => sum + layer.length, 0);
  assert.deepEqual(
    [...last.values()],
    [
      { step: 'verify layers', doneBytes: totalBytes, totalBytes },
      { step: 'write root disk', doneBytes: totalBytes, totalBytes },
    ],
  );
});

test('prepareImage() leaves nothing behind when an image is refused', async (context) => {
  const root = await temporaryDirectory(context);
  const good = layers[0] ?? Buffer.alloc(0);
  const cases: Array<[string, ReturnType<typeof layoutOf>, RegExp]> = [
    ['arch', layoutOf({ layers, architecture: 'arm64' }), /found "linux\/arm64"/],
    [
      'traversal',
      layoutOf({ layers: [tarOf([file('../evil')])] }),
      /Cannot accept entry "..\/evil" of layer .*: its path holds ".."/,
    ],
    ['type', layoutOf({ layers, layerMediaType: 'text/plain' }), /unknown media type "text\/plain"/],
    ['tar', layoutOf({ layers: [good.subarray(0, 700)] }), /it ends inside/],
    [
      'diffid',
      layoutOf({
        layers,
        editConfig: (config) => (config['rootfs'] = { type: 'layers', diff_ids: [sha256(Buffer.from('x'))] }),
      }),
      /Cannot accept the content of layer/,
    ],
  ];
  for (const [name, builder, message] of cases) {
    const path = await builder.writeTo(join(root, name));
    for (const format of ['squashfs', 'erofs'] as const) {
      await assert.rejects(prepareImage(path, optionsFor(root, { format })), { code: 'image', message });
      assert.ok(!(await listAll(root)).includes('out'), name);
    }
  }
});

test('prepareImage() keeps what was in the output directory before', async (context) => {
  const root = await temporaryDirectory(context);
  await mkdir(join(root, 'out'));
  await writeFile(join(root, 'out/root.squashfs'), 'older');
  await assert.rejects(prepareImage(join(root, 'missing'), optionsFor(root)), {
    message: /^Cannot find image "/,
  });
  assert.equal(await readFile(join(root, 'out/root.squashfs'), 'utf8'), 'older');
  assert.deepEqual(await listAll(join(root, 'out')), ['root.squashfs']);
});

test('prepareImage() leaves nothing behind when the second pass fails', async (context) => {
  const root = await temporaryDirectory(context);
  const builder = layoutOf({
    layers: [tarOf([file('a', 'x'.repeat(3_000_000), { mode: 0o755 })])],
    compression: 'none',
  });
  const path = await builder.writeTo(join(root, 'layout'));
  const blob = [...builder.files].find(([, bytes]) => bytes.length > 3_000_000)?.[0] ?? '';
  const damaged = Buffer.from(builder.files.get(blob) ?? '');
  damaged[1_000_000] = 0;
  let damage: Promise<void> | undefined;
  const onProgress = ({ step, doneBytes, totalBytes }: PrepareProgress) => {
    if (step === 'verify layers' && doneBytes === totalBytes) damage = writeFile(join(path, blob), damaged);
  };
  await assert.rejects(prepareImage(path, optionsFor(root, { onProgress })), {
    code: 'image',
    message: /its digest is/,
  });
  await damage;
  assert.ok(!(await listAll(root)).includes('out'));
});

test('prepareImage() stops at an abort with its reason and leaves nothing behind', async (context) => {
  const root = await temporaryDirectory(context);
  const big = tarOf([file('a', 'x'.repeat(6_000_000), { mode: 0o755 })]);
  const path = await layoutOf({ layers: [big], compression: 'none' }).writeTo(join(root, 'layout'));
  for (const step of ['verify layers', 'write root disk']) {
    const stop = new AbortController();
    const onProgress = (progress: PrepareProgress) => {
      if (progress.step === step && progress.doneBytes > 2_000_000) stop.abort(new Error('enough'));
    };
    const options = optionsFor(root, { signal: stop.signal, onProgress });
    await assert.rejects(prepareImage(path, options), { message: 'enough' });
    assert.ok(!(await listAll(root)).includes('out'));
  }
  await assert.rejects(
    prepareImage(path, optionsFor(root, { signal: AbortSignal.abort(new Error('before')) })),
    {
      message: 'before',
    },
  );
});

test('prepareImage() takes the root disk from the cache and still verifies the manifest', async (context) => {
  const root = await temporaryDirectory(context);
  const builder = layoutOf({ layers });
  const path = await builder.writeTo(join(root, 'layout'));
  const cacheDir = join(root, 'cache');
  const options = optionsFor(root, { cacheDir });
  const [first, second] = await Promise.all([
    prepareImage(path, options),
    prepareImage(path, { ...options, outDir: join(root, 'other') }),
  ]);
  const disk = await readFile(first.rootDiskPath);
  assert.deepEqual(await readFile(second.rootDiskPath), disk);
  const digest = first.manifestDigest?.replace(':', '-');
  assert.deepEqual(await listAll(cacheDir), [`${digest}-zstd-v1.squashfs`]);

  // No layer is read the second time.
  const steps = new Set<string>();
  const cached = await prepareImage(path, { ...options, onProgress: ({ step }) => steps.add(step) });
  assert.deepEqual(await readFile(cached.rootDiskPath), disk);
  assert.deepEqual([...steps], []);
  await writeFile(join(path, `blobs/sha256/${first.manifestDigest?.slice(7)}`), '{}');
  await assert.rejects(prepareImage(path, options), { code: 'image' });
});

test('prepareImage() keys the cache by content, format and compression', async (context) => {
  const root = await temporaryDirectory(context);
  const cacheDir = join(root, 'cache');
  const docker = join(root, 'docker.tar');
  await writeFile(docker, tarOf(dockerArchiveOf([{ layers }])));
  const rootfs = join(root, 'rootfs.tar');
  await writeFile(rootfs, layers[0] ?? '');
  await prepareImage(docker, optionsFor(root, { cacheDir }));
  await prepareImage(docker, optionsFor(root, { cacheDir, compression: 'lz4' }));
  await prepareImage(docker, optionsFor(root, { cacheDir, format: 'erofs' }));
  await prepareImage(rootfs, optionsFor(root, { cacheDir }));
  const names = (await listAll(cacheDir)).map((name) => name.replace(/^sha256-\w{64}/, 'ID'));
  assert.deepEqual(names, ['ID-lz4-v1.squashfs', 'ID-none-v1.erofs', 'ID-zstd-v1.squashfs']);
});

test('prepareImage() refuses a tar that is no root file system', async (context) => {
  const root = await temporaryDirectory(context);
  const path = join(root, 'docs.tar');
  await writeFile(path, tarOf([file('readme', 'text'), symlink('link', 'readme')]));
  await assert.rejects(prepareImage(path, optionsFor(root)), {
    code: 'image',
    message: `Cannot use archive "${path}" as an image: it is no OCI image, no "docker save" archive, and as a root file system it has no executable file`,
  });
});

test('prepareImage() refuses to compress EROFS', async (context) => {
  const root = await temporaryDirectory(context);
  await assert.rejects(prepareImage(root, optionsFor(root, { format: 'erofs', compression: 'lz4' })), {
    code: 'usage',
    message: 'Cannot compress an EROFS root disk with "lz4"',
  });
});

test('prepareImage() takes an image without layers', async (context) => {
  const root = await temporaryDirectory(context);
  const path = await layoutOf({ layers: [] }).writeTo(join(root, 'layout'));
  assert.equal((await prepareImage(path, optionsFor(root))).rootDiskBytes, 4096);
});

test('prepareImage() names the disk that it cannot put into its place', async (context) => {
  const root = await temporaryDirectory(context);
  const path = await layoutOf({ layers }).writeTo(join(root, 'layout'));
  await mkdir(join(root, 'out/root.erofs'), { recursive: true });
  await assert.rejects(prepareImage(path, optionsFor(root, { format: 'erofs' })), {
    code: 'host',
    message: `Cannot write "${join(root, 'out/root.erofs')}"`,
  });
  assert.deepEqual(await listAll(join(root, 'out')), ['root.erofs']);
});

test('prepareImage() writes a disk anew when the cached one was cut', async (context) => {
  const root = await temporaryDirectory(context);
  const path = await layoutOf({ layers }).writeTo(join(root, 'layout'));
  const cacheDir = join(root, 'cache');
  const options = optionsFor(root, { format: 'erofs', cacheDir });
  const disk = await readFile((await prepareImage(path, options)).rootDiskPath);
  const [name = ''] = await listAll(cacheDir);
  await truncate(join(cacheDir, name), 4096);
  for (let run = 0; run < 2; run++) {
    assert.deepEqual(await readFile((await prepareImage(path, options)).rootDiskPath), disk);
    assert.deepEqual(await readFile(join(cacheDir, name)), disk);
  }
});
