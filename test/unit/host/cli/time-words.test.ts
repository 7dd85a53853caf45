import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDurationMs, readTimeMs } from '../../../../host/cli/time-words.ts';

describe('parseDurationMs()', () => {
  for (const [text, durationMs] of [
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['300ms', 300],
    ['2h0m5s', 7_205_000],
    ['0s', 0],
    ['', undefined],
    ['10', undefined],
    ['m', undefined],
    ['-1m', undefined],
    ['1m 2s', undefined],
    ['1d', undefined],
  ] as const) {
    it(`reads "${text}" as ${durationMs}`, () => assert.equal(parseDurationMs(text), durationMs));
  }
});

describe('readTimeMs()', () => {
  const nowMs = Date.UTC(2026, 0, 31, 12);
  for (const [text, unixMs] of [
    ['10m', nowMs - 600_000],
    ['0', 0],
    ['1769860800', 1_769_860_800_000],
    ['1769860800.25', 1_769_860_800_250],
    ['2026-01-31T11:30:00Z', Date.UTC(2026, 0, 31, 11, 30)],
    ['2026-01-31T11:30:00.123456789Z', Date.UTC(2026, 0, 31, 11, 30, 0, 123)],
    ['2026-01-31t11:30:00z', Date.UTC(2026, 0, 31, 11, 30)],
    ['2026-01-31T13:30:00+02:00', Date.UTC(2026, 0, 31, 11, 30)],
    ['2026-01-31T11:30', new Date(2026, 0, 31, 11, 30).getTime()],
    ['2026-01-31T11', new Date(2026, 0, 31, 11).getTime()],
    ['2026-01-31', new Date(2026, 0, 31).getTime()],
  ] as const) {
    it(`reads "${text}"`, () => assert.equal(readTimeMs('since', text, nowMs), unixMs));
  }

  for (const text of [
    '',
    'yesterday',
    '2026-02-31',
    '2026-01-31Z',
    '2026-13-01',
    '2026-01-31T25:00',
    '-5',
    '99999999999999',
  ]) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => readTimeMs('since', text, nowMs), {
        code: 'usage',
        message: new RegExp(`^Cannot take "${text}" for --since: `),
      });
    });
  }
});
