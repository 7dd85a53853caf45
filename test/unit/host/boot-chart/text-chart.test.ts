import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { describe, it } from 'node:test';
import { textChart } from '../../../../host/boot-chart/text-chart.ts';
import { assertGolden } from '../../../support/golden.ts';
import { timeline } from './boot-fixtures.ts';

describe('textChart()', () => {
  it('draws a boot', () =>
    assertGolden('boot-chart.txt', `${textChart(timeline, { columns: 90, hasColour: false })}\n`));

  it('is as wide as the terminal', () => {
    for (const columns of [60, 80, 133]) {
      const rows = textChart(timeline, { columns, hasColour: false }).split('\n').slice(4);
      assert.deepEqual(new Set(rows.map((row) => Array.from(row).length)), new Set([columns]));
    }
  });

  it('says the same in colours', () => {
    const plain = textChart(timeline, { columns: 80, hasColour: false });
    const coloured = textChart(timeline, { columns: 80, hasColour: true });
    assert.notEqual(coloured, plain);
    assert.equal(stripVTControlCharacters(coloured), plain);
  });

  it('tells of the host in words when its clock does not fit', () => {
    const host = { since: 'start' as const, steps: [{ name: 'handshake', startMs: 5, endMs: 5 }] };
    const text = textChart({ ...timeline, host }, { columns: 80, hasColour: false });
    assert.match(text, /\n\nBy the host's clock, from the start: handshake at 5\.0 ms$/);
  });

  it('lets no name disturb the terminal', () => {
    const steps = [{ kind: 'phase' as const, name: '\x1b[2J\n', startMs: 0, endMs: 1 }];
    // oxlint-disable-next-line no-control-regex -- it is what must not be there
    assert.doesNotMatch(textChart({ ...timeline, steps }, { columns: 80, hasColour: false }), /\x1b/);
  });
});
