import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { setSquashfsRoot } from '../../../../image/disk/squashfs-root.ts';
import { squashfsArguments, SquashfsWriter } from '../../../../image/disk/squashfs-writer.ts';
import {
  directory,
  type FixtureEntry,
  file,
  listAll,
  temporaryDirectory,
} from '../../../support/image-fixtures.ts';

const run = promisify(execFile);

// oxlint-disable-next-line require-await -- an async iterable of one chunk
async function* contentOf(entry: FixtureEntry): AsyncGenerator<Buffer> {
  yield entry.content;
}

async function write(path: string, entries: readonly FixtureEntry[]): Promise<void> {
  const writer = new SquashfsWriter(path);
  for (const entry of entries) await writer.add(entry, contentOf(entry));
  await writer.finish();
}

async function list(path: string): Promise<string[]> {
  const { stdout } = await run('unsquashfs', ['-lln', '-UTC', path]);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.replace(/\s+/g, ' '));
}

test('squashfsArguments() says everything that could depend on the machine', () => {
  assert.equal(
    squashfsArguments('disk', 'zstd', 0o1755).join(' '),
    '- disk -tar -comp zstd -Xcompression-level 3 -noI -no-duplicates -mkfs-time 0 -reproducible -no-progress -quiet -exit-on-error -root-mode 1755',
  );
  assert.match(squashfsArguments('disk', 'lz4', 0).join(' '), /-comp lz4 -noI/);
});

test('SquashfsWriter gives the root directory its own owner, mode and time', async (context) => {
  const path = join(await temporaryDirectory(context), 'disk');
  const root = directory('', { mode: 0o2751, uid: 1234, gid: 4_000_000_000, mtimeSeconds: 86_400 });
  const xattrs = new Map([['user.a', Buffer.from([0, 1, 2])]]);
  await write(path, [root, directory('d', { uid: 77 }), file('d/f', 'content', { xattrs, uid: 70_000 })]);
  const lines = await list(path);
  assert.match(lines[0] ?? '', /^drwxr-s--x 1234\/4000000000 \d+ 1970-01-02 00:00 squashfs-root$/);
  assert.match(lines[1] ?? '', /^drwxr-xr-x 77\/0 \d+ 2023-11-14 22:13 squashfs-root\/d$/);
  assert.equal(lines[2], '-rw-r--r-- 70000/0 7 2023-11-14 22:13 squashfs-root/d/f');
  const { stdout } = await run('unsquashfs', ['-cat', path, 'd/f']);
  assert.equal(stdout, 'content');
  assert.equal((await stat(path)).size % 4096, 0);
});

test('SquashfsWriter adds owners to a table of several blocks, with attributes behind it', async (context) => {
  const path = join(await temporaryDirectory(context), 'disk');
  const files = Array.from({ length: 2047 }, (_, index) =>
    file(`f${index}`, '', {
      uid: index + 1,
      gid: 1,
      xattrs: new Map([['user.n', Buffer.from(`value ${index}`)]]),
    }),
  );
  await write(path, [directory('', { uid: 900_000, gid: 900_001 }), ...files]);
  const lines = await list(path);
  assert.match(lines[0] ?? '', /^drwxr-xr-x 900000\/900001 /);
  assert.equal(lines.length, 2048);
  assert.ok(lines.some((line) => line.startsWith('-rw-r--r-- 2047/1 ') && line.endsWith('/f2046')));
});

test('SquashfsWriter keeps times within what squashfs has', async (context) => {
  const path = join(await temporaryDirectory(context), 'disk');
  const entries = [
    directory('', { mtimeSeconds: -5, mtimeNanoseconds: 3 }),
    file('early', '', { mtimeSeconds: -100, mtimeNanoseconds: 7 }),
    file('late', '', { mtimeSeconds: 2 ** 40 }),
  ];
  await write(path, entries);
  assert.deepEqual(
    (await list(path)).map((line) => line.split(' ').slice(3, 5).join(' ')),
    ['1970-01-01 00:00', '1970-01-01 00:00', '2106-02-07 06:28'],
  );
});

test('SquashfsWriter refuses content of another length, and abort() leaves nothing', async (context) => {
  const root = await temporaryDirectory(context);
  const writer = new SquashfsWriter(join(root, 'disk'));
  await writer.add(directory(''));
  await assert.rejects(writer.add(file('a', 'abc'), contentOf(file('a', 'ab'))), {
    code: 'image',
    message: 'Cannot write "a": it has 2 bytes, wanted 3',
  });
  await writer.abort();
  await writer.abort();
  assert.deepEqual(await listAll(root), []);
});

test('SquashfsWriter reports why mksquashfs failed', async (context) => {
  const root = await temporaryDirectory(context);
  const writer = new SquashfsWriter(join(root, 'no/such/directory/disk'));
  await assert.rejects(
    async () => {
      await writer.add(directory(''));
      const large = file('a', 'x'.repeat(4_000_000));
      await writer.add(large, contentOf(large));
      await writer.finish();
    },
    {
      code: 'host',
      message: /^Cannot complete "mksquashfs", it ended with code 1: .*No such file or directory/,
    },
  );
  await writer.abort();
});

test('SquashfsWriter wants the root directory first, and some entry at all', async (context) => {
  const root = await temporaryDirectory(context);
  await assert.rejects(new SquashfsWriter(join(root, 'disk')).add(file('a')), { code: 'image' });
  await assert.rejects(new SquashfsWriter(join(root, 'disk')).finish(), { code: 'image' });
});

test('setSquashfsRoot() refuses files that it does not understand', async (context) => {
  const path = join(await temporaryDirectory(context), 'disk');
  const root = { uid: 0, gid: 0, mtimeSeconds: 0 };
  await writeFile(path, Buffer.alloc(4096));
  await assert.rejects(setSquashfsRoot(path, root), { code: 'host', message: /: it is no squashfs$/ });
  await writeFile(path, 'short');
  await assert.rejects(setSquashfsRoot(path, root), { message: /: it ends too early$/ });
});
