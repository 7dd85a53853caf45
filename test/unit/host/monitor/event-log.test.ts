import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it, type TestContext } from 'node:test';
import { readBootHistory } from '../../../../host/monitor/boot-history.ts';
import { EventLog, olderEventsPath, readEventLines } from '../../../../host/monitor/event-log.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';
import { exitEvent, readyEvent } from '../support/fake-guest.ts';

const machine = { id: '0123456789abcdef', name: 'web' };
type Recorded = Parameters<EventLog['append']>[0];
const ready = (sequence: number): Recorded => readyEvent(sequence) as unknown as Recorded;
const exit = (sequence: number, code: number): Recorded => exitEvent(sequence, code) as unknown as Recorded;

let path = '';
beforeEach((context) => {
  path = join(scratchDirectory(context as TestContext), 'events.jsonl');
});

describe('EventLog', () => {
  it('writes one object a line, with the time and the machine', () => {
    new EventLog(path, machine).append({ event: 'start' });
    const [line = '', ...rest] = readFileSync(path, 'utf8').split('\n');
    assert.deepEqual(rest, ['']);
    const { unixMs, ...recorded } = JSON.parse(line) as { unixMs: number };
    assert.ok(Math.abs(unixMs - Date.now()) < 60_000);
    assert.deepEqual(recorded, { machine, event: { event: 'start' } });
  });

  it('cuts off a line that a kill tore', () => {
    new EventLog(path, machine).append({ event: 'start' });
    appendFileSync(path, '{"unixMs":1,"ma');
    new EventLog(path, machine).append({ event: 'end' });
    assert.deepEqual(
      readEventLines(path).map((line) => (JSON.parse(line) as { event: unknown }).event),
      [{ event: 'start' }, { event: 'end' }],
    );
  });

  it('becomes the older half before it grows beyond its limit', () => {
    const log = new EventLog(path, machine, 300);
    for (let count = 0; count < 5; count += 1) log.append({ event: 'restart', count });
    assert.ok(readFileSync(path).length <= 300 && readFileSync(olderEventsPath(path)).length <= 300);
    assert.equal(
      (JSON.parse(readEventLines(path).at(-1) ?? '') as { event: { count: number } }).event.count,
      4,
    );
  });
});

describe('readBootHistory()', () => {
  it('knows the last number, the readiness and the last word of the latest boot', () => {
    const log = new EventLog(path, machine);
    log.append({ event: 'start' });
    log.append(ready(1));
    log.append(exit(9, 3));
    log.append({ event: 'restart' });
    log.append({ event: 'start' });
    log.append(ready(1));
    log.append(exit(2, 4));
    const history = readBootHistory(path);
    assert.equal(history.lastSequence, 2);
    assert.equal(history.ready?.sequence, 1);
    assert.ok(history.end?.state === 'exited' && history.end.event.code === 4);
  });

  it('knows nothing of a boot that has said nothing', () => {
    const log = new EventLog(path, machine);
    log.append(exit(9, 3));
    log.append({ event: 'start' });
    assert.deepEqual(readBootHistory(path), {
      lastSequence: 0,
      ready: undefined,
      health: undefined,
      end: undefined,
    });
  });

  it('passes over lines that make no sense', () => {
    writeFileSync(path, 'nonsense\n{"event":{"event":"exit"}}\nnull\n');
    assert.deepEqual(readBootHistory(path), {
      lastSequence: 0,
      ready: undefined,
      health: undefined,
      end: undefined,
    });
  });

  it('looks into the older half, too', () => {
    const log = new EventLog(path, machine, 300);
    log.append({ event: 'start' });
    log.append(ready(5));
    log.append({ event: 'gap' });
    assert.equal(readBootHistory(path).lastSequence, 5);
  });
});
