import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { loadOciImage } from '../../../../image/oci/oci-image.ts';
import { directoryFiles } from '../../../../image/source/image-files.ts';
import { file, tarOf, temporaryDirectory } from '../../../support/image-fixtures.ts';
import { type FixtureDescriptor, LayoutBuilder, mediaTypes } from '../../../support/layout-fixtures.ts';

const layerOf = (text: string) => tarOf([file(text)]);
const amd64 = { os: 'linux', architecture: 'amd64' };

async function choose(
  context: TestContext,
  builder: LayoutBuilder,
  manifests: FixtureDescriptor[],
  reference?: string,
  platform: { os: string; architecture: string; variant?: string } = amd64,
): Promise<string | undefined> {
  const path = await builder.finish(manifests).writeTo(await temporaryDirectory(context));
  return (await loadOciImage(directoryFiles(path), platform, reference)).manifestDigest;
}

test('The platform decides through nested indexes', async (context) => {
  const builder = new LayoutBuilder();
  const arm = builder.image({ layers: [layerOf('arm')], architecture: 'arm64', variant: 'v8' });
  const amd = builder.image({ layers: [layerOf('amd')] });
  const outer = builder.index([builder.index([arm, amd])]);
  assert.equal(await choose(context, builder, [outer]), amd.digest);
  assert.equal(
    await choose(context, builder, [outer], undefined, { os: 'linux', architecture: 'arm64' }),
    arm.digest,
  );
});

test('The best variant that the guest can run is chosen, the first of equals', async (context) => {
  const builder = new LayoutBuilder();
  const images = ['v5', 'v6', 'v8'].map((variant) =>
    builder.image({ layers: [layerOf(variant)], architecture: 'arm', variant }),
  );
  const again = builder.image({ layers: [layerOf('again')], architecture: 'arm', variant: 'v6' });
  const platform = { os: 'linux', architecture: 'arm', variant: 'v7' };
  assert.equal(
    await choose(context, builder, [builder.index([...images, again])], undefined, platform),
    images[1]?.digest,
  );
});

test('Without a platform in the index the image config decides', async (context) => {
  const builder = new LayoutBuilder();
  const arm = builder.image({ layers: [layerOf('arm')], architecture: 'arm64', platformInIndex: false });
  const amd = builder.image({ layers: [layerOf('amd')], platformInIndex: false });
  assert.equal(await choose(context, builder, [arm, amd]), amd.digest);
});

test('A tag, a full name or a digest chooses between several images', async (context) => {
  const builder = new LayoutBuilder();
  const one = builder.image({ layers: [layerOf('one')], tag: 'one' });
  const named = builder.image({ layers: [layerOf('two')] });
  const two = { ...named, annotations: { 'io.containerd.image.name': 'docker.io/library/two:1' } };
  assert.equal(await choose(context, builder, [one, two], 'one'), one.digest);
  assert.equal(await choose(context, builder, [one, two], 'docker.io/library/two:1'), two.digest);
  assert.equal(await choose(context, builder, [one, two], one.digest), one.digest);
  const index = builder.index([one, builder.image({ layers: [layerOf('arm')], architecture: 'arm64' })]);
  assert.equal(await choose(context, builder, [index, two], index.digest), one.digest);
});

test('Several images without a choice are refused with their tags', async (context) => {
  const builder = new LayoutBuilder();
  const images = ['one', 'two'].map((tag) => builder.image({ layers: [layerOf(tag)], tag }));
  await assert.rejects(choose(context, builder, images), {
    code: 'image',
    message:
      /^Cannot choose between the images in "(.*)": name one of "one", "two" as "\1:TAG" or "\1@DIGEST"$/,
  });
});

test('Two tags of one image are no ambiguity', async (context) => {
  const builder = new LayoutBuilder();
  const image = builder.image({ layers: [layerOf('x')], tag: 'one' });
  const other = { ...image, annotations: { 'org.opencontainers.image.ref.name': 'two' } };
  assert.equal(await choose(context, builder, [image, other]), image.digest);
});

test('An unknown tag is refused with the tags that exist', async (context) => {
  const builder = new LayoutBuilder();
  const image = builder.image({ layers: [layerOf('x')], tag: 'one' });
  await assert.rejects(choose(context, builder, [image], 'three'), {
    message: /^Cannot find "three" in ".*"; it has "one"$/,
  });
  await assert.rejects(choose(context, builder, []), { message: /^Cannot find an image in "/ });
});

test('A wrong architecture is refused with the wanted and the found one', async (context) => {
  const builder = new LayoutBuilder();
  const arm = builder.image({ layers: [layerOf('x')], architecture: 'arm64', variant: 'v8' });
  await assert.rejects(choose(context, builder, [arm]), {
    message: /^Cannot find an image for "linux\/amd64" in ".*": found "linux\/arm64\/v8"$/,
  });
  const liar = { ...arm, platform: amd64 };
  await assert.rejects(choose(context, builder, [liar]), {
    message: /^Cannot use the image in ".*" for "linux\/amd64": it is built for "linux\/arm64\/v8"$/,
  });
});

test('Attestations and artifacts are passed over', async (context) => {
  const builder = new LayoutBuilder();
  const image = builder.image({ layers: [layerOf('x')] });
  const unknown = { os: 'unknown', architecture: 'unknown' };
  const attestation = { ...builder.image({ layers: [layerOf('a')] }), platform: unknown };
  const artifact = builder.json(mediaTypes.manifest, {
    schemaVersion: 2,
    config: builder.json('application/vnd.example.signature+json', {}),
    layers: [],
  });
  assert.equal(await choose(context, builder, [artifact, builder.index([attestation, image])]), image.digest);
});

test('Unknown media types and endless nesting are refused', async (context) => {
  const builder = new LayoutBuilder();
  const old = builder.json('application/vnd.docker.distribution.manifest.v1+json', {});
  await assert.rejects(choose(context, builder, [old]), {
    message: /unknown media type "application\/vnd.docker.distribution.manifest.v1\+json"$/,
  });
  let nested = builder.image({ layers: [layerOf('x')] });
  for (let depth = 0; depth < 5; depth++) nested = builder.index([nested]);
  await assert.rejects(choose(context, builder, [nested]), { message: /its image indexes nest too deeply$/ });
});

test('Indexes that list one another over and over are refused at once', async (context) => {
  const builder = new LayoutBuilder();
  let nested = builder.json(mediaTypes.manifest, {
    schemaVersion: 2,
    config: builder.json('application/vnd.example.signature+json', {}),
    layers: [],
  });
  for (let depth = 0; depth < 4; depth++) nested = builder.index(Array.from({ length: 100 }, () => nested));
  await assert.rejects(choose(context, builder, [nested]), { message: /: it lists more than 1024 images$/ });
});
