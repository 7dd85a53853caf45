import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { cacheFileName, putIntoCache, takeFromCache } from '../../../image/disk-cache.ts';
import { listAll, temporaryDirectory } from '../../support/image-fixtures.ts';

test('cacheFileName() says content, compression, version and format', () => {
  assert.equal(cacheFileName('sha256-ab', 'erofs', 'none'), 'sha256-ab-none-v1.erofs');
});

test('takeFromCache() finds nothing in a cache that does not exist', async (context) => {
  const root = await temporaryDirectory(context);
  assert.equal(await takeFromCache(join(root, 'cache'), 'a.erofs', join(root, 'disk')), false);
});

test('putIntoCache() keeps a disk whole, also when many come at once', async (context) => {
  const root = await temporaryDirectory(context);
  const cache = join(root, 'cache');
  await writeFile(join(root, 'disk'), 'bytes');
  await Promise.all(Array.from({ length: 8 }, () => putIntoCache(cache, 'a.erofs', join(root, 'disk'))));
  assert.deepEqual(await listAll(cache), ['a.erofs']);
  assert.equal(await takeFromCache(cache, 'a.erofs', join(root, 'copy')), true);
  assert.equal(await readFile(join(root, 'copy'), 'utf8'), 'bytes');
  assert.equal((await stat(join(root, 'copy'))).ino, (await stat(join(root, 'disk'))).ino);
});

test('putIntoCache() names what it could not keep and leaves nothing behind', async (context) => {
  const root = await temporaryDirectory(context);
  const cache = join(root, 'cache');
  await mkdir(cache);
  await assert.rejects(putIntoCache(cache, 'a.erofs', join(root, 'missing')), {
    code: 'host',
    message: `Cannot keep root disk "${join(cache, 'a.erofs')}"`,
  });
  assert.deepEqual(await listAll(cache), []);
});

test('takeFromCache() takes no disk that was cut or written to, also through a link of it', async (context) => {
  const root = await temporaryDirectory(context);
  const cache = join(root, 'cache');
  for (const [number, damage] of [
    (path: string) => truncate(path, 2),
    (path: string) => appendFile(path, 'more'),
    (path: string) => writeFile(path, 'bytez'),
  ].entries()) {
    for (const damaged of [join(cache, 'a.erofs'), join(root, `taken-${number}`)]) {
      await writeFile(join(root, `disk-${number}`), 'bytes');
      await putIntoCache(cache, 'a.erofs', join(root, `disk-${number}`));
      await rm(join(root, `taken-${number}`), { force: true });
      assert.equal(await takeFromCache(cache, 'a.erofs', join(root, `taken-${number}`)), true);
      await damage(damaged);
      assert.equal(await takeFromCache(cache, 'a.erofs', join(root, `again-${number}`)), false);
      await rm(join(root, `disk-${number}`));
    }
  }
  await writeFile(join(root, 'disk'), 'bytes');
  await putIntoCache(cache, 'a.erofs', join(root, 'disk'));
  assert.equal(await takeFromCache(cache, 'a.erofs', join(root, 'fresh')), true);
  assert.equal(await readFile(join(root, 'fresh'), 'utf8'), 'bytes');
});
