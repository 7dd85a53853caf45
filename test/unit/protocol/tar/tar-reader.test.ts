import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { pack } from 'tar-stream';
import { ChunkSource } from '../../../../protocol/tar/byte-source.ts';
import { encodePaxRecord } from '../../../../protocol/tar/pax.ts';
import type { TarEntry } from '../../../../protocol/tar/tar-entry.ts';
import { TarReader } from '../../../../protocol/tar/tar-reader.ts';
import { encodeTarHeader, tarEndMarker, tarPadding } from '../../../../protocol/tar/tar-writer.ts';
import {
  device,
  directory,
  fifo,
  type FixtureEntry,
  file,
  hardlink,
  symlink,
  tarOf,
} from '../../../support/image-fixtures.ts';

type ReadEntry = Omit<TarEntry, 'content'> & { text: string };

async function readAll(bytes: Buffer, chunkBytes = 1009, requireEndMarker = false): Promise<ReadEntry[]> {
  const pieces = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
  const source = new ChunkSource(
    (async function* stream() {
      yield* pieces;
    })(),
  );
  const reader = new TarReader(source, { archive: 'layer "x"', requireEndMarker });
  const entries: ReadEntry[] = [];
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry.content()) chunks.push(chunk);
    entries.push({ ...entry, text: Buffer.concat(chunks).toString('latin1') });
  }
  return entries;
}

/** A raw header with another type flag and body, for extensions that the writer never makes. */
function raw(typeFlag: string, body: Buffer, name = 'ext'): Buffer {
  const block = encodeTarHeader(file(name, body.toString('latin1')));
  block.write(typeFlag, 156);
  block.fill(0x20, 148, 156);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return Buffer.concat([block, body, tarPadding(body.length)]);
}

function comparable(entry: FixtureEntry): Record<string, unknown> {
  return {
    name: entry.type === 'directory' ? `${entry.path}/` : entry.path,
    type: entry.type,
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    mtimeSeconds: entry.mtimeSeconds,
    mtimeNanoseconds: entry.mtimeNanoseconds,
    linkName: entry.linkTarget ?? '',
    devMajor: entry.devMajor ?? 0,
    devMinor: entry.devMinor ?? 0,
    xattrs: entry.xattrs,
    text: entry.content.toString('latin1'),
  };
}

function pick(entry: ReadEntry): Record<string, unknown> {
  const { index: _index, sizeBytes: _size, isSparse: _sparse, ...rest } = entry;
  const { content: _content, ...fields } = rest as typeof rest & { content?: unknown };
  return fields;
}

test('TarReader reads back everything that the writer can say', async () => {
  const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
  const entries = [
    directory('d', { mode: 0o3755, uid: 3_000_000, gid: 4_294_967_294 }),
    file('d/f', 'hello', {
      mode: 0o6711,
      mtimeNanoseconds: 5,
      xattrs: new Map([
        ['security.capability', capability],
        ['user.\udcff', Buffer.from([0, 10, 61, 255])],
      ]),
    }),
    file(`${'n'.repeat(200)}/${'m'.repeat(255)}`, 'long', { mtimeSeconds: -2, mtimeNanoseconds: 1 }),
    file('new\nline \udcff', 'x'.repeat(512)),
    symlink('s', `/${'t'.repeat(3000)}`),
    hardlink('h', 'd/f'),
    device('c', 'char', 4095, 1_048_575),
    device('b', 'block', 8, 1),
    fifo('p'),
  ];
  for (const chunkBytes of [1, 512, 100_000]) {
    const read = await readAll(tarOf(entries), chunkBytes);
    assert.deepEqual(read.map(pick), entries.map(comparable));
  }
});

test('TarReader agrees with tar-stream about ordinary archives', async () => {
  const archive = pack();
  archive.entry({ name: 'dir', type: 'directory', mode: 0o700, mtime: new Date(5000) });
  archive.entry({ name: 'dir/file', mode: 0o640, uid: 7, gid: 8, mtime: new Date(6000) }, 'content');
  archive.entry({ name: 'link', type: 'symlink', linkname: 'dir/file', mtime: new Date(7000) });
  archive.entry({ name: `${'long/'.repeat(60)}name`, mtime: new Date(0) }, 'deep');
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  const read = await readAll(Buffer.concat(chunks));
  assert.deepEqual(
    read.map(({ name, type, mode, uid, mtimeSeconds, text }) => [name, type, mode, uid, mtimeSeconds, text]),
    [
      ['dir', 'directory', 0o700, 0, 5, ''],
      ['dir/file', 'file', 0o640, 7, 6, 'content'],
      ['link', 'symlink', 0o644, 0, 7, ''],
      [`${'long/'.repeat(60)}name`, 'file', 0o644, 0, 0, 'deep'],
    ],
  );
});

test('TarReader reads GNU long names and long links', async () => {
  const longName = 'n'.repeat(300);
  const longLink = 'l'.repeat(300);
  const bytes = Buffer.concat([
    raw('K', Buffer.from(`${longLink}\0`)),
    raw('L', Buffer.from(`${longName}\0`)),
    encodeTarHeader(symlink('short', 'short')),
    tarEndMarker,
  ]);
  const [entry] = await readAll(bytes);
  assert.equal(entry?.name, longName);
  assert.equal(entry?.linkName, longLink);
});

test('TarReader applies global pax headers until a local one says otherwise', async () => {
  const bytes = Buffer.concat([
    raw('g', encodePaxRecord('uid', Buffer.from('12'))),
    encodeTarHeader(file('a')),
    raw('x', encodePaxRecord('uid', Buffer.from(''))),
    encodeTarHeader(file('b', '', { uid: 3 })),
    tarEndMarker,
  ]);
  assert.deepEqual(
    (await readAll(bytes)).map(({ uid }) => uid),
    [12, 3],
  );
});

test("TarReader reads libarchive's attributes", async () => {
  const body = encodePaxRecord('LIBARCHIVE.xattr.user.a%20%C3%A9', Buffer.from('AP8='));
  const bytes = Buffer.concat([raw('x', body), encodeTarHeader(file('a')), tarEndMarker]);
  const [entry] = await readAll(bytes);
  assert.deepEqual(entry?.xattrs, new Map([['user.a é', Buffer.from([0, 255])]]));
});

test('TarReader ignores a size on a link, and skips content that nobody reads', async () => {
  const link = hardlink('h', 'f');
  const bytes = Buffer.concat([encodeTarHeader({ ...link, sizeBytes: 4096 }), tarOf([file('next', 'n')])]);
  assert.deepEqual(
    (await readAll(bytes)).map(({ name, sizeBytes }) => [name, sizeBytes]),
    [
      ['h', 0],
      ['next', 1],
    ],
  );
});

test('TarReader refuses archives that are cut anywhere', async () => {
  const bytes = tarOf([file('a', 'x'.repeat(700)), file(`b${'b'.repeat(150)}`, 'y')]);
  const whole = bytes.length - tarEndMarker.length;
  for (let end = 1; end < whole; end += 97) {
    await assert.rejects(readAll(bytes.subarray(0, end), 4096, true), {
      code: 'image',
      message: /Cannot read layer "x": it ends/,
    });
  }
  await assert.rejects(readAll(bytes.subarray(0, whole), 4096, true), {
    message: `Cannot read layer "x": it ends without an end marker, after entry "b${'b'.repeat(150)}"`,
  });
  assert.equal((await readAll(bytes.subarray(0, whole))).length, 2);
});

test('TarReader says at which entry an archive is cut or wrong', async () => {
  const cut = tarOf([file('a'), file('bin/b', 'x'.repeat(700))]).subarray(0, 1100);
  await assert.rejects(readAll(cut), {
    message: 'Cannot read layer "x": it ends inside the content of entry "bin/b"',
  });
  const wrong = Buffer.concat([tarOf([file('a')]).subarray(0, 512), Buffer.alloc(512, 'x')]);
  await assert.rejects(readAll(wrong), {
    message: 'Cannot read layer "x": a header has a wrong checksum, after entry "a"',
  });
  const pax = Buffer.concat([
    raw('x', encodePaxRecord('size', Buffer.from('9'.repeat(16)))),
    tarOf([file('a')]),
  ]);
  await assert.rejects(readAll(pax), {
    message: `Cannot read layer "x": a pax header has "${'9'.repeat(16)}" for "size", at entry "a"`,
  });
});

test('TarReader bounds extension headers however many there are', async () => {
  const attribute = encodePaxRecord('SCHILY.xattr.user.a', Buffer.alloc(60_000));
  for (const typeFlag of ['x', 'g', 'L', 'K']) {
    const many = Array.from({ length: 18 }, () => raw(typeFlag, attribute));
    await assert.rejects(readAll(Buffer.concat([...many, tarOf([file('a')])])), {
      message:
        'Cannot read layer "x": its extension headers are longer than 1048576 bytes, before its first entry',
    });
  }
  const spread = Array.from({ length: 18 }, () => [raw('x', attribute), tarOf([file('a')]).subarray(0, 512)]);
  assert.equal((await readAll(Buffer.concat(spread.flat()))).length, 18);
});

test('TarReader refuses what no tar holds', async () => {
  await assert.rejects(readAll(Buffer.alloc(1024, 'x')), { message: /a header has a wrong checksum/ });
  await assert.rejects(readAll(Buffer.concat([Buffer.alloc(512), tarOf([file('a')])])), {
    message: /a lone block of zeros is inside it/,
  });
  await assert.rejects(readAll(raw('M', Buffer.alloc(0), 'vol')), {
    message: 'Cannot read layer "x": entry "vol" has the unsupported type "M"',
  });
  await assert.rejects(readAll(raw('x', Buffer.alloc(1024 * 1024 + 1))), {
    message: /longer than 1048576 bytes/,
  });
  await assert.rejects(readAll(raw('x', Buffer.from('nonsense'))), { message: /a pax header is malformed/ });
});

test('TarReader never fails with anything but an image error, whatever the bytes', async () => {
  const valid = tarOf([
    file('a', 'abc', { xattrs: new Map([['user.a', Buffer.from('b')]]) }),
    symlink('s', 't'),
  ]);
  const edit = fc.tuple(fc.nat({ max: valid.length - 1 }), fc.integer({ min: 0, max: 255 }));
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
      const bytes = Buffer.from(valid);
      for (const [offset, value] of edits) bytes[offset] = value;
      await readAll(bytes).catch((error: unknown) => {
        assert.equal((error as { code?: string }).code, 'image');
      });
    }),
    { seed: 4, numRuns: 200 },
  );
});
