import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { resolveLocalPath, statLocal } from '../../../../host/files/local-path.ts';
import { packLocal, type PackLocalOptions } from '../../../../host/files/pack-local.ts';
import { unpackLocal } from '../../../../host/files/unpack-local.ts';
import { device, directory, file, hardlink, symlink, tarOf } from '../../../support/image-fixtures.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';
import { inPieces } from '../../protocol/files/copying.ts';

async function packed(path: string, options: PackLocalOptions = {}): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of packLocal(path, options)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** As GNU tar lists it: `TYPE MODE OWNER NAME`. It pads the times, whose fractions lose their trailing zeros. */
function listing(archive: Buffer): string[] {
  const text = execFileSync('tar', ['--numeric-owner', '--full-time', '-tvf', '-'], { input: archive });
  return text
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.replace(/^(\S+)\s+(\S+)\s+\d+\s+\S+ \S+\s+/, '$1 $2 '));
}

test('packLocal() writes archives that GNU tar reads', async (context) => {
  const scratch = scratchDirectory(context);
  writeFileSync(join(scratch, 'file'), 'content');
  execFileSync('chmod', ['4751', join(scratch, 'file')]);
  execFileSync('chmod', ['755', scratch]);
  symlinkSync('file', join(scratch, 'link'));
  const totals = { entries: 0, contentBytes: 0 };
  const lines = listing(await packed(scratch, { name: 'top', totals }));
  assert.deepEqual(lines.toSorted(), [
    '-rwxr-x--x 0/0 top/file',
    'drwxr-xr-x 0/0 top/',
    'lrwxrwxrwx 0/0 top/link -> file',
  ]);
  assert.deepEqual(totals, { entries: 3, contentBytes: 7 });
  const own = `${process.getuid?.()}/${process.getgid?.()}`;
  assert.deepEqual(listing(await packed(join(scratch, 'file'), { keepOwnership: true })), [
    `-rwsr-x--x ${own} file`,
  ]);
});

test('packLocal() copies a link, or with follow what it stands for', async (context) => {
  const scratch = scratchDirectory(context);
  writeFileSync(join(scratch, 'file'), '', { mode: 0o644 });
  symlinkSync('file', join(scratch, 'link'));
  assert.deepEqual(listing(await packed(join(scratch, 'link'))), ['lrwxrwxrwx 0/0 link -> file']);
  assert.deepEqual(listing(await packed(join(scratch, 'link'), { follow: true })), ['-rw-r--r-- 0/0 link']);
  await assert.rejects(packed(join(scratch, 'none')), {
    code: 'host',
    message: `Cannot copy "${join(scratch, 'none')}"`,
  });
});

test('unpackLocal() gives the top its new name, and what is in it goes along', async (context) => {
  const scratch = scratchDirectory(context);
  const entries = [directory('src'), file('src/a', 'a'), hardlink('src/b', 'src/a'), symlink('src/l', 'a')];
  const result = await unpackLocal(inPieces(tarOf(entries)), { directory: scratch, name: 'new' });
  assert.deepEqual(result, { entries: 4, contentBytes: 1, skippedDevices: [] });
  assert.deepEqual(readdirSync(scratch), ['new']);
  assert.equal(statSync(join(scratch, 'new/b')).nlink, 2);
  assert.equal(readlinkSync(join(scratch, 'new/l')), 'a');
});

test('unpackLocal() puts what the top holds into a directory when it gets no name', async (context) => {
  const scratch = scratchDirectory(context);
  await unpackLocal(inPieces(tarOf([directory(''), file('a')])), { directory: scratch, name: '' });
  await unpackLocal(inPieces(tarOf([directory('src'), file('src/b')])), { directory: scratch, name: '' });
  await unpackLocal(inPieces(tarOf([directory(''), file('a')])), { directory: scratch, name: 'c' });
  assert.deepEqual(readdirSync(scratch), ['a', 'b', 'c']);
  await assert.rejects(unpackLocal(inPieces(tarOf([file('a')])), { directory: scratch, name: '' }), {
    message: 'Cannot unpack "a"',
  });
});

test('unpackLocal() refuses what was not asked for', async (context) => {
  const scratch = scratchDirectory(context);
  const into = { directory: join(scratch, 'into'), name: 'got' };
  mkdirSync(into.directory);
  writeFileSync(join(scratch, 'secret'), 'secret');
  const hostile = [
    [file('src'), file('.bashrc')],
    [directory('src'), file('src/../../secret')],
    [directory('src'), symlink('src/l', '../..'), file('src/l/secret')],
    [directory('src'), hardlink('src/h', '../secret')],
    [directory('src'), hardlink('src/h', 'other')],
    [file('/secret')],
    [symlink('src', '..'), file('src/secret')],
  ];
  for (const entries of hostile) {
    await assert.rejects(unpackLocal(inPieces(tarOf(entries)), into), { code: 'host' });
    execFileSync('rm', ['-rf', join(into.directory, 'got')]);
  }
  assert.equal(readFileSync(join(scratch, 'secret'), 'utf8'), 'secret');
  assert.equal(statSync(join(scratch, 'secret')).nlink, 1);
  assert.deepEqual([readdirSync(scratch), readdirSync(into.directory)], [['into', 'secret'], []]);
});

test('unpackLocal() leaves devices out and makes everything the current user’s without set-id bits', async (context) => {
  const scratch = scratchDirectory(context);
  const entries = [
    directory('dev', { uid: 5, gid: 6 }),
    device('dev/null', 'char', 1, 3),
    file('dev/x', '', { uid: 5, gid: 6, mode: 0o6711 }),
  ];
  const { skippedDevices } = await unpackLocal(inPieces(tarOf(entries)), { directory: scratch, name: 'dev' });
  assert.deepEqual(skippedDevices, ['dev/null']);
  const { uid, mode } = lstatSync(join(scratch, 'dev/x'));
  assert.deepEqual([uid, mode & 0o7777], [process.getuid?.(), 0o711]);
});

test('unpackLocal() takes what packLocal() gives, FIFOs included', async (context) => {
  const scratch = scratchDirectory(context);
  mkdirSync(join(scratch, 'from'));
  execFileSync('mkfifo', ['-m', '620', join(scratch, 'from/fifo')]);
  const plan = { directory: scratch, name: 'to' };
  await unpackLocal(packLocal(join(scratch, 'from')), plan);
  await unpackLocal(packLocal(join(scratch, 'from')), plan);
  const stat = lstatSync(join(scratch, 'to/fifo'));
  assert.deepEqual([stat.isFIFO(), stat.mode & 0o777], [true, 0o620]);
});

test('statLocal() speaks as the guest does', async (context) => {
  const scratch = scratchDirectory(context);
  symlinkSync('.', join(scratch, 'link'));
  assert.equal((await statLocal(join(scratch, 'link'), { follow: false }))?.target, '.');
  assert.equal((await statLocal(join(scratch, 'link'), { follow: true }))?.type, 'directory');
  assert.equal(await statLocal(join(scratch, 'none/x'), { follow: true }), undefined);
});

test('resolveLocalPath() keeps what a path ends in', () => {
  const here = process.cwd();
  assert.equal(resolveLocalPath('a/../b'), join(here, 'b'));
  assert.equal(resolveLocalPath('b/'), `${join(here, 'b')}/`);
  assert.equal(resolveLocalPath('b/.'), `${join(here, 'b')}/.`);
  assert.equal(resolveLocalPath('.'), `${here}/.`);
  assert.equal(resolveLocalPath('..'), join(here, '..'));
  assert.equal(resolveLocalPath('/'), '/');
});
