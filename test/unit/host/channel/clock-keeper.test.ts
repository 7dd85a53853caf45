import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ClockKeeper, estimateClock, neededStepMs } from '../../../../host/channel/clock-keeper.ts';
import { clockIntervalMs } from '../../../../protocol/limits.ts';

describe('estimateClock()', () => {
  it('takes the middle of the way for the moment of the reading', () => {
    assert.deepEqual(estimateClock(1000, 1020, 1010), { offsetMs: 0, uncertaintyMs: 10 });
  });

  it('gives a clock that is behind a positive offset, one ahead a negative one', () => {
    assert.deepEqual(estimateClock(1000, 1020, 510), { offsetMs: 500, uncertaintyMs: 10 });
    assert.deepEqual(estimateClock(1000, 1020, 1510.5), { offsetMs: -500.5, uncertaintyMs: 10 });
  });
});

describe('neededStepMs()', () => {
  it('leaves a clock alone that is within the tolerance', () => {
    assert.equal(neededStepMs({ offsetMs: 100, uncertaintyMs: 0 }), undefined);
    assert.equal(neededStepMs({ offsetMs: -100, uncertaintyMs: 0 }), undefined);
  });

  it('steps by the whole offset beyond it', () => {
    assert.equal(neededStepMs({ offsetMs: 100.5, uncertaintyMs: 0 }), 100.5);
    assert.equal(neededStepMs({ offsetMs: -86_400_000, uncertaintyMs: 3 }), -86_400_000);
  });

  it('does not step on a reading that came back too slowly to tell', () => {
    assert.equal(neededStepMs({ offsetMs: 900, uncertaintyMs: 800 }), undefined);
    assert.equal(neededStepMs({ offsetMs: 901, uncertaintyMs: 800 }), 901);
  });
});

const atOnce = (): Promise<void> => Promise.resolve();

describe('ClockKeeper', () => {
  let asked: (number | undefined)[] = [];
  let problems: unknown[] = [];
  let guestOffsetMs = 0;
  let mayAsk = true;
  let answer = atOnce;
  let keeper: ClockKeeper | undefined;

  beforeEach(() => {
    asked = [];
    problems = [];
    guestOffsetMs = 0;
    mayAsk = true;
    answer = atOnce;
    mock.timers.enable({ apis: ['setInterval'] });
  });
  afterEach(() => {
    keeper?.stop();
    mock.timers.reset();
  });

  function start(): ClockKeeper {
    keeper = new ClockKeeper({
      mayAsk: () => mayAsk,
      ask: async (stepMs) => {
        asked.push(stepMs === undefined ? undefined : Math.round(stepMs / 1000));
        await answer();
        guestOffsetMs += stepMs ?? 0;
        return { unixMs: Date.now() + guestOffsetMs, steppedMs: stepMs ?? 0 };
      },
      failed: (error) => problems.push(error),
    });
    return keeper;
  }

  it('compares at once and at every interval, and leaves a right clock alone', async () => {
    start();
    await nextTurn();
    mock.timers.tick(clockIntervalMs);
    await nextTurn();
    assert.deepEqual(asked, [undefined, undefined]);
  });

  it('steps a clock that is off', async () => {
    guestOffsetMs = -60_000;
    start();
    await nextTurn();
    assert.deepEqual(asked, [undefined, 60]);
    mock.timers.tick(clockIntervalMs);
    await nextTurn();
    assert.deepEqual(asked, [undefined, 60, undefined]);
  });

  it('goes on after a comparison that failed', async () => {
    answer = async () => await Promise.reject(new Error('busy'));
    start();
    await nextTurn();
    assert.equal((problems[0] as Error).message, 'busy');
    answer = atOnce;
    mock.timers.tick(clockIntervalMs);
    await nextTurn();
    assert.equal(asked.length, 2);
    assert.equal(problems.length, 1);
  });

  it('has one comparison under way at a time', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    answer = async () => await promise;
    const clock = start();
    clock.check();
    mock.timers.tick(clockIntervalMs);
    assert.equal(asked.length, 1);
    resolve();
    await nextTurn();
    clock.check();
    assert.equal(asked.length, 2);
  });

  it('asks nobody who would not answer', async () => {
    mayAsk = false;
    start();
    mock.timers.tick(clockIntervalMs);
    await nextTurn();
    assert.deepEqual(asked, []);
  });

  it('neither steps nor complains after its end', async () => {
    guestOffsetMs = -60_000;
    const { promise, resolve } = Promise.withResolvers<void>();
    answer = async () => await promise;
    start().stop();
    resolve();
    await nextTurn();
    const late = Promise.withResolvers<void>();
    answer = async () => await late.promise;
    start().stop();
    late.reject(new Error('the session is over'));
    await nextTurn();
    assert.deepEqual([asked, problems], [[undefined, undefined], []]);
  });
});
