import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { loadOciImage } from '../../../../image/oci/oci-image.ts';
import { directoryFiles } from '../../../../image/source/image-files.ts';
import {
  file,
  mergeLayers,
  outline,
  tarOf,
  temporaryDirectory,
  whiteout,
} from '../../../support/image-fixtures.ts';
import {
  type FixtureImage,
  type LayoutBuilder,
  LayoutBuilder as Builder,
  layoutOf,
  mediaTypes,
} from '../../../support/layout-fixtures.ts';

const layer = tarOf([file('f', 'content')]);
const amd64 = { os: 'linux', architecture: 'amd64' };

async function load(context: TestContext, builder: LayoutBuilder, reference?: string, platform = amd64) {
  const path = await builder.writeTo(await temporaryDirectory(context));
  return { path, image: loadOciImage(directoryFiles(path), platform, reference) };
}

async function refused(context: TestContext, builder: LayoutBuilder, pattern: RegExp, reference?: string) {
  const { image } = await load(context, builder, reference);
  await assert.rejects(image, { code: 'image', message: pattern });
}

const edited = (editManifest: NonNullable<FixtureImage['editManifest']>) =>
  layoutOf({ layers: [layer], editManifest });

test('loadOciImage() reads manifest, config and layers of every compression', async (context) => {
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    const builder = layoutOf({ layers: [layer, tarOf([file('g'), whiteout('f')])], compression });
    const { image } = await load(context, builder);
    const loaded = await image;
    assert.equal(loaded.config.architecture, 'amd64');
    assert.deepEqual(loaded.config.config?.Env, ['A=1']);
    assert.match(loaded.manifestDigest ?? '', /^sha256:/);
    assert.deepEqual(outline(await mergeLayers(...loaded.layers)), ['/', 'g = ']);
  }
});

test('loadOciImage() goes by content where the media type names another compression', async (context) => {
  const builder = layoutOf({
    layers: [layer],
    compression: 'zstd',
    layerMediaType: `${mediaTypes.layer}+gzip`,
  });
  const { image } = await load(context, builder);
  assert.deepEqual(outline(await mergeLayers(...(await image).layers)), ['/', 'f = content']);
});

test('loadOciImage() takes sha512 digests', async (context) => {
  const { createHash } = await import('node:crypto');
  const hex = createHash('sha512').update(layer).digest('hex');
  const builder = new Builder();
  builder.files.set(`blobs/sha512/${hex}`, layer);
  const descriptor = builder.image({
    layers: [layer],
    editConfig: (config) => {
      config['rootfs'] = { type: 'layers', diff_ids: [`sha512:${hex}`] };
    },
    editManifest: (manifest) => {
      manifest['layers'] = [{ mediaType: mediaTypes.layer, digest: `sha512:${hex}`, size: layer.length }];
    },
  });
  const { image } = await load(context, builder.finish([descriptor]));
  assert.deepEqual(outline(await mergeLayers(...(await image).layers)), ['/', 'f = content']);
});

test('loadOciImage() refuses a layer whose bytes are not the wanted ones', async (context) => {
  const builder = layoutOf({ layers: [layer], compression: 'gzip' });
  for (const [name, bytes] of builder.files) {
    if (bytes[0] !== 0x1f) continue;
    const damaged = Buffer.from(bytes);
    damaged[damaged.length - 20] = (damaged.at(-20) ?? 0) ^ 0xff;
    builder.files.set(name, damaged);
  }
  const { image } = await load(context, builder);
  await assert.rejects(mergeLayers(...(await image).layers), {
    code: 'image',
    message: /^Cannot accept layer "sha256:\w+": its digest is "sha256:\w+", wanted "sha256:\w+"$/,
  });
});

test('loadOciImage() refuses a layer whose content is not what the config says', async (context) => {
  const builder = layoutOf({
    layers: [layer],
    editConfig: (config) => {
      config['rootfs'] = { type: 'layers', diff_ids: [`sha256:${'1'.repeat(64)}`] };
    },
  });
  const { image } = await load(context, builder);
  await assert.rejects(mergeLayers(...(await image).layers), {
    message: /^Cannot accept the content of layer "sha256:\w+": its digest is/,
  });
});

test('loadOciImage() refuses a layer that is cut', async (context) => {
  const builder = new Builder();
  const { gzipSync } = await import('node:zlib');
  const whole = gzipSync(layer);
  const cut = builder.blob(`${mediaTypes.layer}+gzip`, whole.subarray(0, whole.length - 9));
  const descriptor = builder.image({
    layers: [layer],
    editManifest: (manifest) => (manifest['layers'] = [cut]),
  });
  const { image } = await load(context, builder.finish([descriptor]));
  await assert.rejects(mergeLayers(...(await image).layers), {
    message: /^Cannot decompress layer "sha256:\w+"$/,
  });
});

test('loadOciImage() refuses damage before it reads any layer', async (context) => {
  await refused(
    context,
    edited((manifest) => (manifest['schemaVersion'] = 1)),
    /^Cannot accept manifest "sha256:\w+": schemaVersion/,
  );
  await refused(
    context,
    edited((manifest) => (manifest['manifests'] = [])),
    /manifests: /,
  );
  await refused(
    context,
    edited((manifest) => (manifest['mediaType'] = mediaTypes.index)),
    /its media type is/,
  );
  await refused(
    context,
    edited((manifest) => ((manifest['layers'] as Array<{ size: number }>)[0]!.size += 1)),
    /^Cannot accept layer "sha256:\w+": it has \d+ bytes, wanted \d+$/,
  );
  await refused(
    context,
    edited((manifest) => ((manifest['layers'] as Array<{ digest: string }>)[0]!.digest = 'md5:00')),
    /layers\[0\]\.digest: expected a sha256 or sha512 digest/,
  );
  await refused(
    context,
    layoutOf({ layers: [layer], layerMediaType: 'application/vnd.oci.image.layer.v1.tar+encrypted' }),
    /^Cannot accept layer "sha256:\w+": unknown media type "application\/vnd.oci.image.layer.v1.tar\+encrypted"$/,
  );
  await refused(
    context,
    layoutOf({
      layers: [layer],
      editConfig: (config) => (config['rootfs'] = { type: 'layers', diff_ids: [] }),
    }),
    /^Cannot accept image config "sha256:\w+": it lists 0 diff ids for 1 layers$/,
  );
});

test('loadOciImage() names where a foreign layer is kept', async (context) => {
  const foreign = {
    mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    digest: `sha256:${'2'.repeat(64)}`,
    size: 5,
    urls: ['https://example.com/layer'],
  };
  await refused(
    context,
    edited((manifest) => (manifest['layers'] = [foreign])),
    /^Cannot find layer "sha256:2+" in ".*"; it is kept elsewhere: "https:\/\/example.com\/layer"$/,
  );
});

test('loadOciImage() refuses JSON that is none, and a layout of another version', async (context) => {
  const broken = layoutOf({ layers: [layer] });
  broken.files.set('index.json', Buffer.from('{"schemaVersion":'));
  await refused(context, broken, /^Cannot parse "index.json" in ".*" as JSON$/);
  const future = layoutOf({ layers: [layer] });
  future.files.set('oci-layout', Buffer.from('{"imageLayoutVersion":"2.0.0"}'));
  await refused(context, future, /imageLayoutVersion/);
  const huge = layoutOf({ layers: [layer] });
  huge.files.set('index.json', Buffer.alloc(4 * 1024 * 1024 + 1, ' '));
  await refused(context, huge, /it has 4194305 bytes, at most 4194304 are allowed/);
});
