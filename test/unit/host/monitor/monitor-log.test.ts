import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MonitorLog } from '../../../../host/monitor/monitor-log.ts';

describe('MonitorLog', () => {
  it('writes lines with their time, and nothing that could break them', () => {
    let text = '';
    new MonitorLog(
      (line) => (text += line),
      () => 0,
    ).say('a\nb\u001b[31m');
    assert.equal(text, '1970-01-01T00:00:00.000Z a b [31m\n');
  });

  it('leaves out what is too much for a minute, and says how much that was', () => {
    const lines: string[] = [];
    let nowMs = 1_000_000;
    const log = new MonitorLog(
      (line) => lines.push(line),
      () => nowMs,
    );
    for (let count = 0; count < 100; count += 1) log.say('again');
    assert.equal(lines.length, 60);
    nowMs += 60_000;
    log.say('later');
    assert.match(lines[60] ?? '', / 40 more lines were left out\n$/);
    assert.match(lines[61] ?? '', / later\n$/);
  });
});
