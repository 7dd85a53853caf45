import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FileEntry } from '../../../image/initramfs/runtime-files.ts';
import { readRuntimeDiskId, writeRuntimeDisk } from '../../../image/runtime-disk.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

const file = (path: string, content: Buffer): FileEntry => ({ type: 'file', path, mode: 0o755, content });
const files = [file('bin/node', Buffer.alloc(100_000, 'n')), file('init', Buffer.from('#!/bin/node\n'))];

test('writeRuntimeDisk() makes the same bytes of the same files and leaves nothing else', async (context) => {
  const directory = scratchDirectory(context);
  const paths = ['one.erofs', 'other.erofs'].map((name) => join(directory, name));
  for (const path of paths) await writeRuntimeDisk(path, files, 'x64');
  const [one, other] = paths.map((path) => readFileSync(path));
  assert.ok(one?.equals(other ?? Buffer.alloc(0)));
  assert.deepEqual(readdirSync(directory), ['one.erofs', 'other.erofs']);
});

test('writeRuntimeDisk() keeps the content of a large file as it is, on whole pages', async (context) => {
  const path = join(scratchDirectory(context), 'runtime.erofs');
  await writeRuntimeDisk(path, files, 'x64');
  const disk = readFileSync(path);
  assert.equal(disk.length % 4096, 0);
  const at = disk.indexOf(Buffer.alloc(4096, 'n'));
  assert.equal(at % 4096, 0);
  assert.ok(disk.subarray(at, at + 100_000).equals(files[0]?.content as Buffer));
});

test('writeRuntimeDisk() refuses programs that lack a library, and leaves nothing', async (context) => {
  const directory = scratchDirectory(context);
  const incomplete = [file('bin/node', readFileSync('/bin/sh'))];
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  await assert.rejects(writeRuntimeDisk(join(directory, 'runtime.erofs'), incomplete, architecture), {
    code: 'host',
    message: /"bin\/node" needs "libc\.so\.6"/,
  });
  assert.deepEqual(readdirSync(directory), []);
});

test('readRuntimeDiskId() tells disks of different content apart', async (context) => {
  const directory = scratchDirectory(context);
  const path = (name: string): string => join(directory, name);
  await writeRuntimeDisk(path('one'), files, 'x64');
  await writeRuntimeDisk(path('same'), files, 'x64');
  await writeRuntimeDisk(path('other'), [file('init', Buffer.from('#!/bin/node --v\n'))], 'x64');
  const [one, same, other] = await Promise.all(
    ['one', 'same', 'other'].map((name) => readRuntimeDiskId(path(name))),
  );
  assert.match(one ?? '', /^[0-9a-f]{32}$/);
  assert.equal(one, same);
  assert.notEqual(one, other);
});

test('readRuntimeDiskId() refuses a file that is no disk', async (context) => {
  const path = join(scratchDirectory(context), 'short');
  writeFileSync(path, 'short');
  await assert.rejects(readRuntimeDiskId(path), {
    code: 'host',
    message: `Cannot read the runtime disk "${path}"`,
  });
});
