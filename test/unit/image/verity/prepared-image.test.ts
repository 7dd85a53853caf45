import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  prepareImage,
  type PreparedImage,
  type PrepareImageOptions,
  type PrepareProgress,
} from '../../../../image/prepare-image.ts';
import { readHashArea } from '../../../../image/verity/read-hash-area.ts';
import { directory, file, listAll, tarOf, temporaryDirectory } from '../../../support/image-fixtures.ts';
import { layoutOf } from '../../../support/layout-fixtures.ts';

const layers = [tarOf([directory('bin'), file('bin/a', 'A'.repeat(5000), { mode: 0o755 })])];

async function openImage(context: TestContext) {
  const root = await temporaryDirectory(context);
  const image = await layoutOf({ layers }).writeTo(join(root, 'layout'));
  const cacheDir = join(root, 'cache');
  let runs = 0;
  const prepare = (extra: Partial<PrepareImageOptions> = {}): Promise<PreparedImage> =>
    prepareImage(image, {
      outDir: join(root, `out-${(runs += 1)}`),
      platform: { os: 'linux', architecture: 'amd64' },
      format: 'erofs',
      verity: true,
      cacheDir,
      ...extra,
    });
  return { cacheDir, prepare };
}

/** What the disk says of itself must be what is told of it. */
async function verityOf({ rootDiskPath, verity }: PreparedImage) {
  assert.ok(verity !== undefined);
  assert.deepEqual(await readHashArea(rootDiskPath, verity), verity);
  return verity;
}

describe('prepareImage() with verity', () => {
  it('appends a tree to the same disk, of either format, and tells what verifies it', async (context) => {
    const { prepare } = await openImage(context);
    for (const format of ['erofs', 'squashfs'] as const) {
      const plain = readFileSync((await prepare({ format, verity: false })).rootDiskPath);
      const verified = await prepare({ format });
      const { hashOffsetBytes } = await verityOf(verified);
      const disk = readFileSync(verified.rootDiskPath);
      assert.equal(disk.length, verified.rootDiskBytes);
      assert.equal(hashOffsetBytes, plain.length);
      assert.ok(disk.subarray(0, hashOffsetBytes).equals(plain));
    }
  });

  it('finds it again in the cache, beside the disk without a tree', async (context) => {
    const { cacheDir, prepare } = await openImage(context);
    const steps: PrepareProgress['step'][] = [];
    const first = await verityOf(await prepare());
    assert.equal((await prepare({ verity: false })).verity, undefined);
    const names = await listAll(cacheDir);
    assert.deepEqual(
      names.map((name) => name.replace(/^sha256-[0-9a-f]+/, '')),
      ['-none-v1.erofs', '-none-verity-v1.erofs', '-none-verity-v1.erofs.verity.json'],
    );
    const again = await prepare({ onProgress: ({ step }) => steps.push(step) });
    assert.deepEqual(await verityOf(again), first);
    assert.deepEqual(steps, []);
    assert.deepEqual(await listAll(join(again.rootDiskPath, '..')), ['root.erofs']);
  });

  it('does without a cached disk or note that is not as it was left', async (context) => {
    const { cacheDir, prepare } = await openImage(context);
    const first = await verityOf(await prepare());
    const cached = (await listAll(cacheDir)).map((name) => join(cacheDir, name));
    for (const path of cached) {
      appendFileSync(path, 'more');
      assert.deepEqual(await verityOf(await prepare()), first);
    }
    const note = cached.find((path) => path.endsWith('.json')) ?? '';
    writeFileSync(note, '{}');
    utimesSync(note, new Date('2000-01-01T00:00:00Z'), new Date('2000-01-01T00:00:00Z'));
    assert.deepEqual(await verityOf(await prepare()), first);
  });

  it('goes by the root hash that it once had, whatever is on the disk by now', async (context) => {
    const { cacheDir, prepare } = await openImage(context);
    const { rootHash } = await verityOf(await prepare());
    const name = (await listAll(cacheDir)).find((one) => one.endsWith('.erofs')) ?? '';
    const path = join(cacheDir, name);
    const bytes = readFileSync(path);
    // A disk that rots changes under the file system's eyes, without a new time of modification.
    bytes[bytes.length - 4096] = 1;
    writeFileSync(path, bytes);
    utimesSync(path, new Date('2000-01-01T00:00:00Z'), new Date('2000-01-01T00:00:00Z'));
    assert.equal((await prepare()).verity?.rootHash, rootHash);
  });

  it('reports the hashing up to its end', async (context) => {
    const { prepare } = await openImage(context);
    let last: PrepareProgress | undefined;
    const { verity } = await prepare({ onProgress: (progress) => (last = progress) });
    const totalBytes = 2 * (verity?.hashOffsetBytes ?? 0);
    assert.deepEqual(last, { step: 'hash root disk', doneBytes: totalBytes, totalBytes });
  });
});
