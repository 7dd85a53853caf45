import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findImage } from '../../../image/image-reference.ts';
import { temporaryDirectory } from '../../support/image-fixtures.ts';

test('findImage() takes a path that exists as it is', async (context) => {
  const root = await temporaryDirectory(context);
  await writeFile(join(root, 'a:1'), '');
  await mkdir(join(root, 'a'));
  assert.deepEqual(await findImage(join(root, 'a:1')), {
    path: join(root, 'a:1'),
    kind: 'file',
    reference: undefined,
  });
});

test('findImage() splits off a tag, a full name and a digest', async (context) => {
  const root = await temporaryDirectory(context);
  const path = join(root, 'layout');
  await mkdir(path);
  const digest = `sha256:${'0'.repeat(64)}`;
  for (const [suffix, reference] of [
    [':latest', 'latest'],
    [':registry.example:5000/a/b:1.2', 'registry.example:5000/a/b:1.2'],
    [`@${digest}`, digest],
  ]) {
    assert.deepEqual(await findImage(`${path}${suffix}`), { path, kind: 'directory', reference });
  }
});

test('findImage() names what is missing', async (context) => {
  const root = await temporaryDirectory(context);
  await assert.rejects(findImage(join(root, 'nothing:1')), {
    code: 'image',
    message: `Cannot find image "${join(root, 'nothing:1')}": there is no such file or directory`,
  });
  await assert.rejects(findImage(''), { code: 'image' });
});

test('findImage() refuses what is neither a file nor a directory', async () => {
  await assert.rejects(findImage('/dev/null'), {
    message: 'Cannot read image "/dev/null": it is neither a file nor a directory',
  });
});

test('findImage() says why it cannot look at what is there', async (context) => {
  const root = await temporaryDirectory(context);
  await symlink('loop', join(root, 'loop'));
  await assert.rejects(findImage(join(root, 'loop')), (error: Error) => {
    assert.equal(error.message, `Cannot read image "${join(root, 'loop')}"`);
    return error.cause instanceof Error && error.cause.message.startsWith('ELOOP');
  });
});
