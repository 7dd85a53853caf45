import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseBootText, readBootFile } from '../../../../host/boot-chart/boot-file.ts';
import { scratchDirectory } from '../../../support/disks.ts';
import { lines, timeline } from './boot-fixtures.ts';

const log = lines.map((line) => `${JSON.stringify(line)}\n`).join('');

test('parseBootText() reads an events log and what boot-chart --json prints', () => {
  assert.deepEqual(parseBootText(log), timeline);
  assert.deepEqual(parseBootText(JSON.stringify(timeline, null, 2)), timeline);
});

test('parseBootText() skips lines that are torn or something else', () => {
  assert.deepEqual(parseBootText(`{"unixMs":\n\n7\n${log}{"event`), timeline);
});

test('parseBootText() finds nothing in other texts', () => {
  for (const text of ['', '{}', '[]', 'x', '{"version":2}', log.split('\n')[0] ?? '']) {
    assert.equal(parseBootText(text), undefined);
  }
});

test('readBootFile() says what is wrong with a file', async () => {
  using scratch = scratchDirectory();
  const path = join(scratch.path, 'file');
  await assert.rejects(readBootFile(path), { code: 'host', message: `Cannot read "${path}"` });
  await assert.rejects(readBootFile('/dev/zero'), { code: 'host', message: 'Cannot read "/dev/zero"' });
  writeFileSync(path, '# a text\n');
  await assert.rejects(readBootFile(path), /Cannot find a boot in ".*": expected a machine's events\.jsonl/);
  writeFileSync(path, log);
  assert.deepEqual(await readBootFile(path), timeline);
});
