import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clockDuration, humanAge, humanDuration } from '../../../../host/cli/human-duration.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

describe('humanDuration()', () => {
  for (const [durationMs, text] of [
    [0, 'Less than a second'],
    [1000, '1 second'],
    [59_999, '59 seconds'],
    [minuteMs, 'About a minute'],
    [3 * minuteMs, '3 minutes'],
    [hourMs, 'About an hour'],
    [47 * hourMs, '47 hours'],
    [2 * dayMs, '2 days'],
    [14 * dayMs, '2 weeks'],
    [60 * dayMs, '2 months'],
    [730 * dayMs, '2 years'],
  ] as const) {
    it(`writes ${durationMs} ms as "${text}"`, () => assert.equal(humanDuration(durationMs), text));
  }
});

describe('humanAge()', () => {
  it('says how long ago something was', () => assert.equal(humanAge(1000, 8000), '7 seconds ago'));
  it('takes the future for now', () => assert.equal(humanAge(9000, 8000), 'Less than a second ago'));
});

describe('clockDuration()', () => {
  it('writes hours, minutes and seconds', () => {
    assert.equal(clockDuration(65_999), '00:01:05');
    assert.equal(clockDuration(123 * hourMs), '123:00:00');
  });
});
