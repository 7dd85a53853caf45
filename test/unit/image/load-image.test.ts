import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { loadImage } from '../../../image/load-image.ts';
import { TemporaryFiles } from '../../../image/source/temporary-files.ts';
import {
  directory,
  file,
  listAll,
  mergeLayers,
  outline,
  symlink,
  tarOf,
  temporaryDirectory,
  whiteout,
} from '../../support/image-fixtures.ts';
import { dockerArchiveOf, layoutOf } from '../../support/layout-fixtures.ts';

const amd64 = { os: 'linux', architecture: 'amd64' };
const layers = [
  tarOf([directory('bin'), file('bin/a', 'A'), file('old')]),
  tarOf([file('b', 'B'), whiteout('old')]),
];
const merged = ['/', 'b = B', 'bin/', 'bin/a = A'];

const isLayer = (entry: { path: string }) => entry.path.endsWith('/layer.tar');
const isConfig = (entry: { path: string }) => /^\w{64}\.json$/.test(entry.path);
async function load(root: string, path: string) {
  const temporary = await TemporaryFiles.in(join(root, 'out'));
  const image = await loadImage(path, amd64, temporary);
  const tree = outline(await mergeLayers(...image.layers));
  await temporary.dispose();
  assert.deepEqual(await listAll(join(root, 'out')), []);
  return { image, tree };
}

async function store(context: TestContext, bytes: Buffer): Promise<{ root: string; path: string }> {
  const root = await temporaryDirectory(context);
  const path = join(root, 'image');
  await writeFile(path, bytes);
  return { root, path };
}

test('loadImage() takes OCI archives, plain and compressed', async (context) => {
  const plain = layoutOf({ layers }).toTar();
  for (const bytes of [plain, gzipSync(plain), zstdCompressSync(plain)]) {
    const { root, path } = await store(context, bytes);
    const { image, tree } = await load(root, path);
    assert.deepEqual(tree, merged);
    assert.equal(image.cacheIdentity, image.manifestDigest?.replace(':', '-'));
  }
});

test('loadImage() takes docker save archives, plain and compressed', async (context) => {
  const plain = tarOf(dockerArchiveOf([{ layers, tags: ['a:1'] }]));
  for (const bytes of [plain, gzipSync(plain)]) {
    const { root, path } = await store(context, bytes);
    const { image, tree } = await load(root, path);
    assert.deepEqual(tree, merged);
    assert.equal(image.manifestDigest, undefined);
    assert.match(image.cacheIdentity ?? '', /^sha256-/);
    assert.deepEqual((await load(root, `${path}:a:1`)).tree, merged);
  }
});

test('loadImage() follows links between the layers of old docker save archives', async (context) => {
  const [first = Buffer.alloc(0)] = layers;
  const entries = dockerArchiveOf([{ layers: [first, first] }]).filter(
    (entry, index, all) => all.findIndex(({ path }) => path === entry.path) === index,
  );
  const layerEntry = entries.find(({ path }) => path.endsWith('/layer.tar'));
  assert.ok(layerEntry);
  const moved = entries.flatMap((entry) =>
    entry === layerEntry
      ? [{ ...entry, path: 'real/layer.tar' }, symlink(entry.path, '../real/layer.tar')]
      : [entry],
  );
  const { root, path } = await store(context, tarOf(moved));
  assert.deepEqual((await load(root, path)).tree, ['/', 'bin/', 'bin/a = A', 'old = ']);
});

test('loadImage() prefers the OCI layout where an archive is both', async (context) => {
  const builder = layoutOf({ layers });
  builder.files.set('manifest.json', Buffer.from('[{"Config":"none","Layers":[]}]'));
  const { root, path } = await store(context, builder.toTar());
  assert.notEqual((await load(root, path)).image.manifestDigest, undefined);
});

test('loadImage() makes up a config for a root file system', async (context) => {
  const plain = tarOf([
    file('bin/sh', '', { mode: 0o755 }),
    file('manifest.json', '{"name":"app"}'),
    file('.wh.x'),
  ]);
  for (const bytes of [plain, gzipSync(plain), zstdCompressSync(plain)]) {
    const { root, path } = await store(context, bytes);
    const { image, tree } = await load(root, path);
    assert.deepEqual(tree, ['.wh.x = ', '/', 'bin/', 'bin/sh = ', 'manifest.json = {"name":"app"}']);
    assert.deepEqual(JSON.parse(image.configBytes.toString()), {
      ...amd64,
      config: { Cmd: ['/bin/sh'] },
      rootfs: { type: 'layers', diff_ids: [] },
    });
    assert.equal(image.cacheIdentity, undefined);
  }
});

test('loadImage() reads a root file system directory', async (context) => {
  const root = await temporaryDirectory(context);
  await mkdir(join(root, 'fs/bin'), { recursive: true });
  await writeFile(join(root, 'fs/bin/sh'), 'shell');
  const { tree } = await load(root, join(root, 'fs'));
  assert.deepEqual(tree, ['/', 'bin/', 'bin/sh = shell']);
});

test('loadImage() refuses what is no image', async (context) => {
  const root = await temporaryDirectory(context);
  const temporary = await TemporaryFiles.in(join(root, 'out'));
  const refused = (path: string, message: string | RegExp) =>
    assert.rejects(loadImage(path, amd64, temporary), { code: 'image', message });
  const write = async (name: string, bytes: Buffer) => {
    await writeFile(join(root, name), bytes);
    return join(root, name);
  };
  const kinds = 'it is no OCI archive, no "docker save" archive and no root file system tar';
  for (const bytes of [Buffer.alloc(0), Buffer.from('hello'), Buffer.alloc(2048), gzipSync('no tar')]) {
    const path = await write('file', bytes);
    await refused(path, `Cannot use "${path}" as an image: ${kinds}`);
  }
  await mkdir(join(root, 'empty'));
  await refused(
    join(root, 'empty'),
    `Cannot use directory "${join(root, 'empty')}" as an image: it is empty`,
  );
  const xz = await write('xz', Buffer.from('fd377a585a000004', 'hex'));
  await refused(xz, `Cannot read "${xz}": compression "xz" is not supported`);
  const cut = await write('cut', gzipSync(tarOf([file('a', 'x'.repeat(10_000))])).subarray(0, 60));
  await refused(cut, `Cannot decompress "${cut}"`);
  const bare = await write('bare', tarOf([file('a')]));
  await refused(`${bare}:tag`, /^Cannot find "tag" in ".*": it is a root file system, which has no tags$/);
});

test('loadImage() refuses docker save archives that do not hold together', async (context) => {
  const root = await temporaryDirectory(context);
  const temporary = await TemporaryFiles.in(join(root, 'out'));
  const path = join(root, 'image');
  const refused = async (entries: ReturnType<typeof dockerArchiveOf>, message: RegExp, suffix = '') => {
    await writeFile(path, tarOf(entries));
    await assert.rejects(loadImage(`${path}${suffix}`, amd64, temporary), { code: 'image', message });
  };
  const whole = dockerArchiveOf([{ layers }]);
  await refused(
    whole.filter((entry) => !isLayer(entry)),
    /^Cannot find layer "\w+\/layer.tar" in "/,
  );
  const forged = whole.map((entry) => (isConfig(entry) ? file(entry.path, '{}') : entry));
  await refused(forged, /^Cannot accept image config "\w+\.json": its digest is/);
  await refused(
    dockerArchiveOf([{ layers, architecture: 'arm64' }]),
    /for "linux\/amd64": it is built for "linux\/arm64"$/,
  );
  const two = dockerArchiveOf([
    { layers, tags: ['a:1'] },
    { layers: layers.slice(1), tags: ['b:1', 'b:2'] },
  ]);
  await refused(
    two,
    /^Cannot choose between the images in ".*": name one of "a:1", "b:1", "b:2" as ".*:TAG"$/,
  );
  await refused(two, /^Cannot find "c" in ".*"; it has "a:1", "b:1", "b:2"$/, ':c');
  await writeFile(path, tarOf(two));
  assert.deepEqual((await load(root, `${path}:b:2`)).tree, ['/', 'b = B']);
});
