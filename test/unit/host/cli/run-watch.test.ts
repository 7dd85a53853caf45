import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WatchedMachine } from '../../../../host/cli/run-watch.ts';
import type { Machine, MachineState, RecordedEvent } from '../../../../host/client/index.ts';

const machine = { id: '12', name: 'web' };
const recorded = (event: string, more: object = {}): RecordedEvent =>
  ({ unixMs: 0, machine, event: { event, ...more } }) as unknown as RecordedEvent;

/** A machine of which only what is given works. */
function fakeMachine(changes: Partial<Machine>): Machine {
  return changes as Machine;
}

function withEvents(...events: RecordedEvent[]): Machine {
  return fakeMachine({
    // oxlint-disable-next-line require-await -- a stream of what is at hand already
    async *events() {
      yield* events;
    },
  });
}

describe('WatchedMachine', () => {
  it('is ready from its ready event to its exit', async () => {
    const watched = new WatchedMachine(
      withEvents(recorded('start'), recorded('ready', { pid: 7 })),
      () => {},
    );
    let calls = 0;
    watched.onReady = () => {
      calls += 1;
    };
    await watched.follow();
    assert.deepEqual([watched.isReady, watched.isEnding, watched.ready?.pid, calls], [true, false, 7, 1]);
  });

  for (const last of ['exit', 'fault', 'end']) {
    it(`is ending after "${last}", until it starts again`, async () => {
      const events = [recorded('start'), recorded('ready'), recorded(last)];
      const watched = new WatchedMachine(withEvents(...events), () => {});
      await watched.follow();
      assert.equal(watched.isEnding, true);
      const again = new WatchedMachine(withEvents(...events, recorded('restart')), () => {});
      await again.follow();
      assert.deepEqual([again.isReady, again.isEnding], [false, false]);
    });
  }

  it('is ready when something has been written, whatever the events say', () => {
    const watched = new WatchedMachine(withEvents(), () => {});
    watched.sawOutput();
    assert.equal(watched.isReady, true);
  });

  for (const [state, isTold] of [
    ['exited', false],
    ['running', true],
  ] as [MachineState, boolean][]) {
    it(`${isTold ? 'fails' : 'is content'} when a machine that is ${state} cannot be stopped`, async () => {
      const failure = new Error('no answer');
      const watched = new WatchedMachine(
        fakeMachine({
          stop: () => Promise.reject(failure),
          info: () => Promise.resolve({ state } as Awaited<ReturnType<Machine['info']>>),
        }),
        () => {},
      );
      if (isTold) await assert.rejects(watched.stop({}), failure);
      else await watched.stop({});
    });
  }

  it('warns when the machine can not be ended', async () => {
    const warnings: string[] = [];
    const watched = new WatchedMachine(
      fakeMachine({ destroy: () => Promise.reject(new Error('stuck')) }),
      (message) => warnings.push(message),
    );
    watched.kill();
    await new Promise(setImmediate);
    assert.deepEqual(warnings, ['Cannot end the machine: stuck']);
  });
});
