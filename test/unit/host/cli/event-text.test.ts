import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isKindWanted, isMachineWanted, readEventFilter } from '../../../../host/cli/event-filter.ts';
import { eventLine, type MachineEvent } from '../../../../host/cli/event-text.ts';

const machine = { id: '0123456789abcdef', name: 'web' };
const recorded = (event: object): MachineEvent => ({
  unixMs: Date.UTC(2026, 0, 31, 12),
  machine,
  event: event as MachineEvent['event'],
});

describe('eventLine()', () => {
  it('writes time, kind, id and what belongs to it', () => {
    assert.equal(
      eventLine(recorded({ event: 'exit', container: 'main', code: 1, reason: 'exited' })),
      '2026-01-31T12:00:00.000Z machine exit 0123456789abcdef (name=web, container=main, code=1, reason=exited)',
    );
  });
  it('goes into objects and leaves lists out', () => {
    assert.match(
      eventLine(recorded({ event: 'end', exit: { code: 1, message: 'no disk' }, timeline: [1] })),
      / machine end \w+ \(name=web, exit\.code=1, exit\.message="no disk"\)$/,
    );
  });
  it('lets no guest disturb the terminal or forge an attribute', () => {
    assert.match(
      eventLine(recorded({ event: 'fault', message: '\x1b[2J\nx, code=0' })),
      /\(name=web, message=" \[2J x, code=0"\)$/,
    );
  });
});

describe('readEventFilter()', () => {
  it('finds machines by name, id and beginning of the id', () => {
    const isWanted = (...words: string[]): boolean => isMachineWanted(readEventFilter([], words), machine);
    assert.equal(isWanted(), true);
    assert.equal(isWanted('web'), true);
    assert.equal(isWanted('0123'), true);
    assert.equal(isWanted('we'), false);
    assert.equal(isWanted('db', '0123456789abcdef'), true);
    assert.equal(isMachineWanted(readEventFilter(['machine=web'], []), machine), true);
  });
  it('chooses kinds', () => {
    const filter = readEventFilter(['event=exit', 'event=oom'], []);
    assert.equal(isKindWanted(filter, recorded({ event: 'oom' })), true);
    assert.equal(isKindWanted(filter, recorded({ event: 'ready' })), false);
    assert.equal(isKindWanted(readEventFilter([], []), recorded({ event: 'ready' })), true);
  });
  it('refuses kinds that there are not', () => {
    assert.throws(() => readEventFilter(['event=die'], []), {
      code: 'usage',
      message: /^Cannot take the event "die": expected created, start, /,
    });
  });
});
