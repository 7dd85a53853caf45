import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImageBudget } from '../../../../image/merge/image-budget.ts';
import { scanLayers } from '../../../../image/merge/scan-layers.ts';
import { ChunkSource } from '../../../../protocol/tar/byte-source.ts';
import { encodePaxRecord } from '../../../../protocol/tar/pax.ts';
import { TarReader } from '../../../../protocol/tar/tar-reader.ts';
import { type FixtureEntry, file, memoryLayer, tarOf } from '../../../support/image-fixtures.ts';
import { encodeTarHeader, tarEndMarker, tarPadding } from '../../../../protocol/tar/tar-writer.ts';

const generous = { entries: 100, metadataBytes: 1000, contentBytes: 1000 };
const attribute = new Map([['user.a', Buffer.alloc(300)]]);

/** Spends an image of these entries. */
async function spendAll(entries: readonly FixtureEntry[], bounds: Partial<typeof generous>): Promise<void> {
  const layer = memoryLayer(tarOf(entries));
  const budget = new ImageBudget([layer], { ...generous, ...bounds });
  const reader = new TarReader(new ChunkSource(layer.open('first', {})), { archive: layer.name });
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    budget.spend(entry, layer);
  }
}

test('ImageBudget allows what reaches its bounds', async () => {
  await spendAll([file('a', 'x'.repeat(400)), file('b', 'x'.repeat(600))], { entries: 2, metadataBytes: 2 });
});

test('ImageBudget refuses the entry that goes beyond a bound, by name', async () => {
  const prefix = 'Cannot accept entry "b" of layer "test": ';
  await assert.rejects(spendAll([file('a'), file('b')], { entries: 1 }), {
    code: 'image',
    message: `${prefix}the image has more than 1 entries`,
  });
  const long = [file('a', '', { xattrs: attribute }), file('b', '', { xattrs: attribute })];
  await assert.rejects(spendAll(long, { metadataBytes: 500 }), {
    message: `${prefix}the names and attributes of the image have more than 500 bytes`,
  });
  await assert.rejects(spendAll([file('a', 'x'), file('b', 'y')], { contentBytes: 1 }), {
    message: `${prefix}the files of the image have more than 1 bytes`,
  });
});

test('scanLayers() refuses holes that a small image cannot have earned', async () => {
  const map = ['GNU.sparse.major=1', 'GNU.sparse.minor=0', `GNU.sparse.realsize=${100 * 1024 ** 3}`];
  const records = map.map((text) => text.split('='));
  const body = Buffer.concat(
    records.map(([key = '', value = '']) => encodePaxRecord(key, Buffer.from(value))),
  );
  const extension = Buffer.from(encodeTarHeader({ ...file('pax'), sizeBytes: body.length }));
  setTypeFlag(extension, 'x');
  const data = Buffer.alloc(512);
  data.write('0\n');
  const bytes = Buffer.concat([
    extension,
    body,
    tarPadding(body.length),
    encodeTarHeader({ ...file('holes'), sizeBytes: data.length }),
    data,
    tarEndMarker,
  ]);
  await assert.rejects(scanLayers([memoryLayer(bytes)]), {
    message: /^Cannot accept entry "holes" of layer "test": the files of the image have more than \d+ bytes$/,
  });
});

/** Changes the type of a header and corrects its checksum. */
function setTypeFlag(header: Buffer, typeFlag: string): void {
  header.write(typeFlag, 156, 'latin1');
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}
