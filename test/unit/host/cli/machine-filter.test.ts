import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isListed, readMachineFilter } from '../../../../host/cli/machine-filter.ts';
import { machineInfo } from './support/machine-infos.ts';

const isFound = (words: string[], changes: Parameters<typeof machineInfo>[0], all = false): boolean =>
  isListed(machineInfo(changes), readMachineFilter(words), all);

describe('isListed()', () => {
  it('lists what is up, and with all the rest too', () => {
    for (const state of ['starting', 'running', 'stopping', 'restarting', 'lost'] as const) {
      assert.equal(isFound([], { state }), true, state);
    }
    for (const state of ['created', 'exited', 'dead'] as const) {
      assert.equal(isFound([], { state }), false, state);
      assert.equal(isFound([], { state }, true), true, state);
    }
  });

  it('lists a status that is asked for, and no other', () => {
    assert.equal(isFound(['status=exited'], { state: 'exited' }), true);
    assert.equal(isFound(['status=exited', 'status=dead'], { state: 'dead' }), true);
    assert.equal(isFound(['status=exited'], { state: 'running' }, true), false);
  });

  it('lists a health that is asked for, of what is up', () => {
    const health = { status: 'healthy', failingStreak: 0, unixMs: 0 } as const;
    assert.equal(isFound(['health=healthy'], { status: { health } }), true);
    assert.equal(isFound(['health=none', 'health=healthy'], { status: { health } }), true);
    assert.equal(isFound(['health=unhealthy'], { status: { health } }), false);
    assert.equal(isFound(['health=none'], {}), true);
    assert.equal(isFound(['health=healthy'], { state: 'exited', status: { health } }, true), false);
    assert.equal(isFound(['health=none'], { state: 'exited' }), false);
  });

  it('finds parts of names', () => {
    assert.equal(isFound(['name=we'], { name: 'web' }), true);
    assert.equal(isFound(['name=db', 'name=we'], { name: 'web' }), true);
    assert.equal(isFound(['name=db'], { name: 'web' }), false);
  });

  it('wants every label', () => {
    const labels = { tier: 'front', empty: '' };
    assert.equal(isFound(['label=tier'], { labels }), true);
    assert.equal(isFound(['label=tier=front', 'label=empty'], { labels }), true);
    assert.equal(isFound(['label=tier=back'], { labels }), false);
    assert.equal(isFound(['label=empty='], { labels }), true);
    assert.equal(isFound(['label=constructor'], { labels }), false);
  });
});

const keys = 'expected name=VALUE, status=VALUE, health=VALUE, label=VALUE';

describe('readMachineFilter()', () => {
  for (const [word, message] of [
    ['name', `Cannot take "name" for --filter: ${keys}`],
    ['id=1', `Cannot take "id=1" for --filter: ${keys}`],
    ['name=', `Cannot take "name=" for --filter: ${keys}`],
    ['health=well', 'Cannot take the health "well": expected starting, healthy, unhealthy, none'],
    [
      'status=up',
      'Cannot take the status "up": expected created, starting, running, stopping, restarting, exited, lost, dead',
    ],
  ] as const) {
    it(`refuses "${word}"`, () => assert.throws(() => readMachineFilter([word]), { code: 'usage', message }));
  }
});
