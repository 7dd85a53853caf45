import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatStreamReport,
  type Move,
  type Round,
  type Rounds,
} from '../../../../bench/streams/stream-report.ts';

const move = (value: number): Move => ({
  mebibytesPerSecond: value,
  hostCpuMsPerMebibyte: value,
  instructionsPerByte: value,
});
const round = (dd: number, pipedDd: number, firstborn: number): Round => ({
  dd: move(dd),
  pipedDd: move(pipedDd),
  firstborn: move(firstborn),
});

test('formatStreamReport() shows medians, half the range, and ratios within the rounds', () => {
  // The host was ten times as slow in the second round.
  const slow = [round(100, 50, 25), round(10, 5, 2.5), round(100, 50, 25)];
  const rounds: Rounds = { out: slow, in: slow, both: slow };
  const lines = formatStreamReport({ byTheClock: rounds, byInstructions: rounds }).split('\n');
  assert.deepEqual(lines[0]?.split(/ {3,}/), ['MIB/S', 'DD', 'DD | DD', 'FIRSTBORN', 'TO DD', 'TO DD | DD']);
  assert.deepEqual(lines[1]?.split(/ {3,}/), [
    'stdout to host',
    '100.0 (±45 %)',
    '50.0 (±45 %)',
    '25.0 (±45 %)',
    '0.25',
    '0.50',
  ]);
});
