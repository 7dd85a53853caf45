import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkSource } from '../../../../protocol/tar/byte-source.ts';
import { encodePaxRecord } from '../../../../protocol/tar/pax.ts';
import { checkSparseMap, fillHoles } from '../../../../protocol/tar/sparse.ts';
import { TarReader } from '../../../../protocol/tar/tar-reader.ts';
import { encodeTarHeader, tarEndMarker, tarPadding } from '../../../../protocol/tar/tar-writer.ts';
import { file } from '../../../support/image-fixtures.ts';

// oxlint-disable-next-line require-await -- a stream of what is at hand already
async function* stream(...chunks: Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

async function readOnly(bytes: Buffer): Promise<{ name: string; content: Buffer }> {
  const reader = new TarReader(new ChunkSource(stream(bytes)), { archive: 'layer "x"' });
  const entry = await reader.next();
  assert.ok(entry);
  const content = await collect(entry.content());
  assert.equal(content.length, entry.sizeBytes);
  assert.equal(await reader.next(), undefined);
  return { name: entry.name, content };
}

/** Two bytes at 3 and one at 9, ten bytes in all. */
const expected = Buffer.from('\0\0\0ab\0\0\0\0c', 'latin1');

function paxSparse(records: Array<[string, string]>, body: Buffer): Buffer {
  const pax = Buffer.concat(
    records.map(([key, value]) => encodePaxRecord(`GNU.sparse.${key}`, Buffer.from(value))),
  );
  const header = encodeTarHeader(file('pax', pax.toString('latin1')));
  header.write('x', 156);
  return Buffer.concat([
    resum(header),
    pax,
    tarPadding(pax.length),
    encodeTarHeader(file('GNUSparseFile.1/f', body.toString('latin1'))),
    body,
    tarPadding(body.length),
    tarEndMarker,
  ]);
}

function resum(block: Buffer): Buffer {
  block.fill(0x20, 148, 156);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return block;
}

test('TarReader expands sparse format 0.0', async () => {
  const records: Array<[string, string]> = [
    ['size', '10'],
    ['numblocks', '2'],
    ['offset', '3'],
    ['numbytes', '2'],
    ['offset', '9'],
    ['numbytes', '1'],
  ];
  assert.deepEqual((await readOnly(paxSparse(records, Buffer.from('abc')))).content, expected);
});

test('TarReader expands sparse format 0.1', async () => {
  const records: Array<[string, string]> = [
    ['size', '10'],
    ['numblocks', '2'],
    ['map', '3,2,9,1'],
    ['name', 'real/name'],
  ];
  const bytes = paxSparse(records, Buffer.from('abc'));
  assert.deepEqual(await readOnly(bytes), { name: 'real/name', content: expected });
});

test('TarReader expands sparse format 1.0', async () => {
  const map = Buffer.alloc(512);
  map.write('2\n3\n2\n9\n1\n');
  const records: Array<[string, string]> = [
    ['major', '1'],
    ['minor', '0'],
    ['name', 'f'],
    ['realsize', '10'],
  ];
  const bytes = paxSparse(records, Buffer.concat([map, Buffer.from('abc')]));
  assert.deepEqual(await readOnly(bytes), { name: 'f', content: expected });
});

const octal = (value: number): string => `${value.toString(8).padStart(11, '0')}\0`;

test('TarReader expands old GNU sparse files with extension blocks', async () => {
  const header = encodeTarHeader(file('old', 'abc'));
  header.write('ustar  \0', 257, 'latin1');
  header.write('S', 156);
  header.write(`${octal(3)}${octal(2)}`, 386, 'latin1');
  header[482] = 1;
  header.write(octal(10), 483, 'latin1');
  const extension = Buffer.alloc(512);
  extension.write(`${octal(9)}${octal(1)}`, 'latin1');
  const bytes = Buffer.concat([resum(header), extension, Buffer.from('abc'), tarPadding(3), tarEndMarker]);
  assert.deepEqual(await readOnly(bytes), { name: 'old', content: expected });
});

test('TarReader refuses an unknown sparse format and a map that does not end', async () => {
  await assert.rejects(
    readOnly(
      paxSparse(
        [
          ['major', '2'],
          ['minor', '0'],
          ['realsize', '1'],
        ],
        Buffer.from('a'),
      ),
    ),
    {
      message:
        'Cannot read layer "x": a sparse file has the unknown format "2.0", at entry "GNUSparseFile.1/f"',
    },
  );
  const endless = Buffer.alloc(512, '1');
  await assert.rejects(
    readOnly(
      paxSparse(
        [
          ['major', '1'],
          ['minor', '0'],
          ['realsize', '1'],
        ],
        endless,
      ),
    ),
    {
      message: /it ends inside a sparse map/,
    },
  );
});

test('checkSparseMap() refuses maps that lie', () => {
  assert.throws(() => checkSparseMap([0], 10, 0), /odd number/);
  assert.throws(() => checkSparseMap([5, 2, 4, 1], 10, 3), /out of order/);
  assert.throws(() => checkSparseMap([9, 2], 10, 2), /beyond the end/);
  assert.throws(() => checkSparseMap([0, 2], 10, 3), /does not fit/);
});

test('fillHoles() fills a file that is nothing but a hole', async () => {
  const content = await collect(fillHoles(stream(), checkSparseMap([], 200_000, 0)));
  assert.deepEqual(content, Buffer.alloc(200_000));
});
