import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ImageRound, reportImages } from '../../../../bench/images/images-report.ts';

const round = (slowness: number): ImageRound => ({
  'firstborn-squashfs': { wallMs: 60 * slowness, cpuMs: 50 },
  'umoci-squashfs': { wallMs: 100 * slowness, cpuMs: 100 },
  'firstborn-erofs': { wallMs: 40 * slowness, cpuMs: 30 },
  'umoci-erofs': { wallMs: 80 * slowness, cpuMs: 60 },
  'firstborn-cached': { wallMs: 10 * slowness, cpuMs: 10 },
});

test('the images report takes ratios within the rounds', () => {
  // The host was ten times as slow in the second round.
  const { figures, text } = reportImages({ debian: [round(1), round(10), round(1)] });
  const ratios = figures.filter(({ unit }) => unit === 'ratio').map(({ name, value }) => [name, value]);
  assert.deepEqual(ratios, [
    ['firstborn/squashfs/images/debian/wall/to-umoci', 0.6],
    ['firstborn/squashfs/images/debian/cpu/to-umoci', 0.5],
    ['firstborn/erofs/images/debian/wall/to-umoci', 0.5],
    ['firstborn/erofs/images/debian/cpu/to-umoci', 0.5],
    ['firstborn/cached/images/debian/wall/to-umoci', 0.1],
    ['firstborn/cached/images/debian/cpu/to-umoci', 0.1],
  ]);
  assert.match(text, /^DEBIAN .*\nfirstborn build +60 \(±450 %\) +0\.60 +50 \(±0 %\) +0\.50\n/);
  assert.ok(text.endsWith('median of 3 rounds\n'));
});
