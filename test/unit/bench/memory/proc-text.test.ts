import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelBytes, ownBytes, printedFile } from '../../../../bench/memory/proc-text.ts';

const status = 'Name:\tnode\nRssAnon:\t    1024 kB\nRssFile:\t       8 kB\nVmSwap:\t       4 kB\n';

test('kernelBytes() finds a line by its whole name', () => {
  assert.equal(kernelBytes(status, 'RssFile'), 8192);
  assert.equal(kernelBytes(status, 'Rss'), undefined);
});

test("ownBytes() counts a process's anonymous pages, swapped out or not", () => {
  assert.equal(ownBytes(status), (1024 + 4) * 1024);
  assert.equal(ownBytes('Name:\tkthreadd\n'), undefined);
});

test('printedFile() takes what stands between a title and the end', () => {
  const text = 'workload 12\nmeminfo\nMemTotal: 1 kB\nend\nprocess 1\nName:\tinit\nend\nsettled\n';
  assert.equal(printedFile(text, 'meminfo'), 'MemTotal: 1 kB\n');
  assert.equal(printedFile(text, 'process 1'), 'Name:\tinit\n');
  assert.equal(printedFile(text, 'init'), undefined);
  assert.equal(printedFile('\nmeminfo\nMemTotal: 1 kB\n', 'meminfo'), undefined);
});
