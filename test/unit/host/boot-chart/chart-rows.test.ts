import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chartRows, totalMs } from '../../../../host/boot-chart/chart-rows.ts';
import { chartScale } from '../../../../host/boot-chart/chart-scale.ts';
import { formatMs, tickText } from '../../../../host/boot-chart/chart-words.ts';
import { steps, timeline } from './boot-fixtures.ts';

describe('chartRows()', () => {
  it('begins with the host and puts steps below those around them', () => {
    assert.deepEqual(
      chartRows(timeline).map(
        ({ name, isNested, isMoment }) => `${isNested ? '> ' : ''}${name}${isMoment ? '!' : ''}`,
      ),
      [
        'preparation',
        'start of QEMU',
        'QEMU and firmware',
        'handshake!',
        'ready seen!',
        'kernel',
        '> unpack initramfs',
        'load Node',
        'start Node',
        'load init',
        'early mounts',
        'modules',
        '> virtio_ring',
        '> virtio_pci_modern_dev',
        '> virtio_blk',
        'channel',
        'root',
        '> overlay',
        'container',
        'workload runs!',
        'power buttons',
        'ready!',
      ],
    );
  });
  it('leaves a host out whose clock does not fit', () => {
    const rows = chartRows({ ...timeline, host: { since: 'start', steps: timeline.host?.steps ?? [] } });
    assert.equal(rows[0]?.name, 'kernel');
  });
  it('takes steps in any order, and those that end before they begin', () => {
    const shuffled = { ...timeline, steps: steps.toReversed() };
    assert.deepEqual(chartRows(shuffled), chartRows(timeline));
    const odd = chartRows({ ...timeline, steps: [{ kind: 'phase', name: 'odd', startMs: 5, endMs: 1 }] });
    assert.equal(odd.find(({ name }) => name === 'odd')?.endMs, 5);
  });
});

describe('totalMs()', () => {
  it('counts what lies within another step once', () => {
    const rows = chartRows(timeline);
    assert.equal(totalMs(rows, 'kernel'), 3473);
    assert.equal(Math.round(totalMs(rows, 'driver')), 153);
    assert.equal(totalMs(rows, 'host'), 1470);
  });
});

describe('chartScale()', () => {
  const row = { kind: 'phase', name: 'x', isNested: false, isMoment: false } as const;
  const spans: [fromMs: number, toMs: number, most: number, expected: number[]][] = [
    [0, 100, 10, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]],
    [-1960, 6159, 10, [-1000, 0, 1000, 2000, 3000, 4000, 5000, 6000]],
    [0, 1.9, 4, [0, 0.5, 1, 1.5]],
    [100, 220, 3, [0, 100, 200]],
  ];
  for (const [startMs, endMs, most, expected] of spans) {
    it(`divides ${startMs} to ${endMs} into at most ${most} round parts`, () => {
      const { tickMs } = chartScale([{ ...row, startMs, endMs }], most);
      assert.deepEqual(tickMs.map(tickText), expected.map(tickText));
    });
  }
  it('has a length even for nothing', () => assert.equal(chartScale([], 4).toMs, 1));
});

describe('formatMs()', () => {
  it('keeps a tenth of what is short', () => {
    assert.deepEqual([0, 5.04, 99.94, 99.96, 6110.8].map(formatMs), ['0.0', '5.0', '99.9', '100', '6111']);
  });
});
