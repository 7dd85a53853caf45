import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readRange, wholeFile } from '../../../../image/source/file-range.ts';
import { archiveFiles, directoryFiles } from '../../../../image/source/image-files.ts';
import {
  directory,
  file,
  hardlink,
  symlink,
  tarOf,
  temporaryDirectory,
} from '../../../support/image-fixtures.ts';

test('archiveFiles() finds members by name, through links, and reads their bytes', async (context) => {
  const path = join(await temporaryDirectory(context), 'archive');
  const entries = [
    directory('d'),
    file('./d/a', 'content'),
    symlink('d/link', 'a'),
    symlink('far', 'd/../d/link'),
    hardlink('hard', 'd/a'),
    symlink('loop', 'loop'),
    symlink('out', '../../etc/passwd'),
    file('d/b', 'x'.repeat(1000)),
  ];
  await writeFile(path, tarOf(entries));
  const files = await archiveFiles('named', await wholeFile(path));
  const read = async (name: string) => {
    const range = await files.find(name);
    return range === undefined ? undefined : (await readRange(range, 10_000, name)).toString();
  };
  for (const name of ['d/a', './d/a', 'd/link', 'far', 'hard']) assert.equal(await read(name), 'content');
  assert.equal(await read('d/b'), 'x'.repeat(1000));
  for (const name of ['d', 'loop', 'out', 'none', '../archive']) assert.equal(await read(name), undefined);
});

test('archiveFiles() refuses an archive that is cut', async (context) => {
  const path = join(await temporaryDirectory(context), 'archive');
  await writeFile(path, tarOf([file('a', 'x'.repeat(3000))]).subarray(0, 2000));
  await assert.rejects(archiveFiles('named', await wholeFile(path)), {
    code: 'image',
    message: 'Cannot read "named": it ends inside the content of entry "a"',
  });
});

test('directoryFiles() finds regular files below its directory only', async (context) => {
  const root = await temporaryDirectory(context);
  await writeFile(join(root, 'a'), 'content');
  const files = directoryFiles(root);
  assert.equal((await files.find('a'))?.lengthBytes, 7);
  for (const name of ['.', 'b', '../a', '../../etc/passwd']) assert.equal(await files.find(name), undefined);
});

test('readRange() refuses what is longer than wanted, and wholeFile() what is no file', async (context) => {
  const path = join(await temporaryDirectory(context), 'file');
  await writeFile(path, 'content');
  await assert.rejects(readRange(await wholeFile(path), 6, 'it'), {
    message: 'Cannot accept it: it has 7 bytes, at most 6 are allowed',
  });
  await assert.rejects(wholeFile('/dev'), { message: 'Cannot read "/dev": it is no regular file' });
  await assert.rejects(wholeFile(`${path}x`), { code: 'image', message: `Cannot open "${path}x"` });
});
