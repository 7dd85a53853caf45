import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { closeFd, O_PATH, openPath, statFd } from '../../../../protocol/files/descriptor-calls.ts';
import { isKernelTree } from '../../../../protocol/files/kernel-trees.ts';
import { packTree } from '../../../../protocol/files/pack-tree.ts';
import { maxTreeDepth } from '../../../../protocol/files/walk-tree.ts';
import { ChunkSource } from '../../../../protocol/tar/byte-source.ts';
import type { TarEntry } from '../../../../protocol/tar/tar-entry.ts';
import { TarReader } from '../../../../protocol/tar/tar-reader.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';
import { inPieces, pack } from './copying.ts';

type ReadEntry = TarEntry & { bytes: Buffer };

async function entriesOf(archive: Buffer): Promise<ReadEntry[]> {
  const reader = new TarReader(new ChunkSource(inPieces(archive)), { archive: 'it', requireEndMarker: true });
  const entries: ReadEntry[] = [];
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    const pieces: Buffer[] = [];
    for await (const piece of entry.content()) pieces.push(piece);
    entries.push({ ...entry, bytes: Buffer.concat(pieces) });
  }
  return entries;
}

const byName = (entries: ReadEntry[]): Map<string, ReadEntry> =>
  new Map(entries.map((entry) => [entry.name, entry]));

test('packTree() names everything from the top on, each name of a file after the first as a link', async (context) => {
  const scratch = scratchDirectory(context);
  mkdirSync(join(scratch, 'd'));
  writeFileSync(join(scratch, 'd/one'), 'content');
  linkSync(join(scratch, 'd/one'), join(scratch, 'd/two'));
  const totals = { entries: 0, contentBytes: 0 };
  const entries = await entriesOf(await pack(scratch, 'top', totals));
  assert.deepEqual(totals, { entries: 4, contentBytes: 7 });
  assert.deepEqual(
    entries.slice(0, 2).map(({ name }) => name),
    ['top/', 'top/d/'],
  );
  const [first, second] = entries.slice(2);
  assert.deepEqual([first?.type, first?.bytes.toString()], ['file', 'content']);
  assert.deepEqual([second?.type, second?.linkName], ['hardlink', first?.name]);
});

test('packTree() calls a top without a name "./"', async (context) => {
  const scratch = scratchDirectory(context);
  writeFileSync(join(scratch, 'x'), '');
  const entries = await entriesOf(await pack(scratch, ''));
  assert.deepEqual(
    entries.map(({ name }) => name),
    ['./', 'x'],
  );
});

test('packTree() names FIFOs and devices without opening them, leaves sockets out', async (context) => {
  const scratch = scratchDirectory(context);
  execFileSync('mkfifo', [join(scratch, 'fifo')]);
  const server = createServer().listen(join(scratch, 'socket'));
  context.after(() => server.close());
  await once(server, 'listening');
  const entries = await entriesOf(await pack(scratch, 'top'));
  assert.deepEqual(
    entries.map(({ name, type }) => [name, type]),
    [
      ['top/', 'directory'],
      ['top/fifo', 'fifo'],
    ],
  );
  const [zero] = await entriesOf(await pack('/dev/zero', 'zero'));
  assert.deepEqual([zero?.type, zero?.devMajor, zero?.devMinor, zero?.sizeBytes], ['char', 1, 5, 0]);
});

test('packTree() keeps to the length in the header when a file shrinks or grows', async (context) => {
  const scratch = scratchDirectory(context);
  const lengthBytes = 300_000;
  for (const name of ['a', 'b']) writeFileSync(join(scratch, name), Buffer.alloc(lengthBytes, 'x'));
  const fd = await openPath(scratch, O_PATH);
  const pieces: Buffer[] = [];
  for await (const piece of packTree(
    { fd, stat: await statFd(fd), linkTarget: '' },
    { name: 'top', errorCode: 'guest' },
  )) {
    // After the first piece one of the files is open and its header is out.
    if (pieces.length === 0) {
      truncateSync(join(scratch, 'a'), 10);
      truncateSync(join(scratch, 'b'), 10);
    } else {
      for (const name of ['a', 'b']) appendFileSync(join(scratch, name), Buffer.alloc(lengthBytes, 'y'));
    }
    pieces.push(piece);
  }
  await closeFd(fd);
  const entries = await entriesOf(Buffer.concat(pieces));
  assert.equal(entries.length, 3);
  for (const { sizeBytes, bytes } of entries) assert.equal(bytes.length, sizeBytes);
});

test('packTree() gives zeros for what a file has lost, and nothing for files without a length', async (context) => {
  const path = join(scratchDirectory(context), 'file');
  writeFileSync(path, Buffer.alloc(200_000, 'x'));
  const fd = await openPath(path, O_PATH);
  const archive = packTree(
    { fd, stat: await statFd(fd), linkTarget: '' },
    { name: 'file', errorCode: 'guest' },
  );
  truncateSync(path, 5);
  const pieces: Buffer[] = [];
  for await (const piece of archive) pieces.push(piece);
  await closeFd(fd);
  const [entry] = await entriesOf(Buffer.concat(pieces));
  assert.deepEqual(entry?.bytes, Buffer.concat([Buffer.from('xxxxx'), Buffer.alloc(199_995)]));
  const [version] = await entriesOf(await pack('/proc/version', 'version'));
  assert.equal(version?.sizeBytes, 0);
});

test('packTree() gives everything to the owner it is told, without set-id bits', async (context) => {
  const path = join(scratchDirectory(context), 'file');
  writeFileSync(path, '');
  execFileSync('chmod', ['6755', path]);
  const fd = await openPath(path, O_PATH);
  const options = { name: 'file', errorCode: 'guest', owner: { uid: 3_000_000_000, gid: 7 } } as const;
  const pieces: Buffer[] = [];
  for await (const piece of packTree({ fd, stat: await statFd(fd), linkTarget: '' }, options))
    pieces.push(piece);
  await closeFd(fd);
  const [entry] = await entriesOf(Buffer.concat(pieces));
  assert.deepEqual([entry?.uid, entry?.gid, entry?.mode], [3_000_000_000, 7, 0o755]);
});

test('packTree() does not follow links and refuses a tree without end', async (context) => {
  const scratch = scratchDirectory(context);
  symlinkSync('/', join(scratch, 'root'));
  const found = byName(await entriesOf(await pack(scratch, 'top')));
  assert.equal(found.get('top/root')?.linkName, '/');
  assert.equal(found.size, 2);
  mkdirSync(join(scratch, 'd/'.repeat(maxTreeDepth)), { recursive: true });
  const openBefore = readdirSync('/proc/self/fd').length;
  await assert.rejects(pack(scratch, 'top'), {
    message: `Cannot read "top/${Array.from({ length: maxTreeDepth }, () => 'd').join('/')}": it is more than 128 directories deep`,
  });
  assert.equal(readdirSync('/proc/self/fd').length, openBefore);
});

test('packTree() closes everything when its reader stops early', async (context) => {
  const scratch = scratchDirectory(context);
  mkdirSync(join(scratch, 'd'));
  writeFileSync(join(scratch, 'd/file'), Buffer.alloc(500_000));
  const fd = await openPath(scratch, O_PATH);
  const openBefore = readdirSync('/proc/self/fd').length;
  const top = { fd, stat: await statFd(fd), linkTarget: '' };
  for await (const piece of packTree(top, { name: 'top', errorCode: 'guest' })) {
    assert.ok(piece.length > 0);
    break;
  }
  assert.equal(readdirSync('/proc/self/fd').length, openBefore);
  await closeFd(fd);
});

test('isKernelTree() knows procfs and sysfs from file systems that hold files', async () => {
  const seen: boolean[] = [];
  for (const path of ['/proc', '/sys', '/tmp']) {
    const fd = openSync(path, O_PATH);
    seen.push(await isKernelTree(fd));
    closeSync(fd);
  }
  assert.deepEqual(seen, [true, true, false]);
});
