import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container } from '../../../../init/container/container.ts';
import type { ProcessEnd } from '../../../../init/container/process-end.ts';
import { StoppedEarly, Supervisor } from '../../../../init/supervision/supervisor.ts';
import type { EventBody } from '../../../../protocol/messages.ts';
import { settlePromises } from '../../../support/guest-channel.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';

interface Watched {
  supervisor: Supervisor;
  /** What was announced and done, in order. */
  story: unknown[];
  container: Container;
  end: (how: ProcessEnd) => void;
}

/** A supervisor and a container, not adopted yet, that notes how it is stopped. */
function openSupervisor(thaw: () => Promise<void> = () => Promise.resolve()): Watched {
  const story: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<ProcessEnd>();
  const state = { stopping: false, running: true };
  const container = {
    pid: 90,
    main: { pid: 90 },
    execs: { find: (number: number) => (number === 1 ? { pid: 91 } : undefined) },
    get stopping() {
      return state.stopping;
    },
    get running() {
      return state.running;
    },
    stop: (signal: number, graceMs: number) => {
      if (!state.running) return false;
      story.push([signal, graceMs]);
      state.stopping = true;
      return true;
    },
    ended: () => promise,
  } as unknown as Container;
  const supervisor = new Supervisor({
    log: makeRecordingLog().log,
    announce: ({ event, reason, code }: EventBody) => story.push([event, reason ?? code]),
    thaw: async () => {
      story.push('thaw');
      await thaw();
    },
  });
  supervisor.policy = { signal: 3, graceMs: 77 };
  return {
    supervisor,
    story,
    container,
    end: (how) => {
      state.running = false;
      resolve(how);
    },
  };
}

test('stop() follows the policy where nobody says otherwise, and is announced once', async () => {
  const { supervisor, container, story } = openSupervisor();
  supervisor.adopt(container);
  await supervisor.stop({ reason: 'request' });
  await supervisor.stop({ reason: 'request', signal: 9, graceMs: 0 });
  assert.deepEqual(story, ['thaw', [3, 77], ['stopping', 'request'], 'thaw', [9, 0]]);
});

test('stop() stops a container whose thaw fails', async () => {
  const { supervisor, container, story } = openSupervisor(() => Promise.reject(new Error('stuck')));
  supervisor.adopt(container);
  await supervisor.stop({ reason: 'request' });
  assert.deepEqual(story, ['thaw', [3, 77], ['stopping', 'request']]);
});

test('stop() is refused before the start and after the end', async () => {
  const { supervisor, container, end } = openSupervisor();
  await assert.rejects(supervisor.stop({ reason: 'request' }), {
    code: 'not-found',
    message: 'Cannot stop the container: the container has not started',
  });
  supervisor.adopt(container);
  end({ reason: 'exited', code: 0 });
  await assert.rejects(supervisor.stop({ reason: 'request' }), {
    code: 'not-found',
    message: 'Cannot stop the container: the container has ended',
  });
});

test('the exit of an adopted container is announced', async () => {
  const { supervisor, container, story, end } = openSupervisor();
  supervisor.adopt(container);
  assert.deepEqual(supervisor.containers(), [container]);
  end({ reason: 'exited', code: 3 });
  assert.deepEqual(await supervisor.ended(), { reason: 'exited', code: 3 });
  assert.deepEqual(story, [['exit', 'exited']]);
  assert.deepEqual(supervisor.containers(), []);
});

test('shutDown() stops the container, and the last word says what becomes of the machine', async () => {
  const { supervisor, container, story } = openSupervisor();
  assert.equal(supervisor.machineEnd, 'poweroff');
  supervisor.adopt(container);
  await supervisor.shutDown({ reason: 'control-alt-delete', how: 'reboot' });
  assert.equal(supervisor.machineEnd, 'reboot');
  await supervisor.shutDown({ reason: 'power-button', how: 'poweroff', graceMs: 5 });
  assert.equal(supervisor.machineEnd, 'poweroff');
  assert.deepEqual(story, ['thaw', [3, 77], ['stopping', 'control-alt-delete'], 'thaw', [3, 5]]);
});

test('shutDown() is content with a container that has ended by itself', async () => {
  const { supervisor, container, end } = openSupervisor();
  supervisor.adopt(container);
  end({ reason: 'exited', code: 0 });
  await supervisor.shutDown({ reason: 'shutdown', how: 'reboot' });
  assert.equal(supervisor.machineEnd, 'reboot');
});

test('shutDown() before the start ends the phase that waits, and those that would follow', async () => {
  const { supervisor } = openSupervisor();
  const waiting = assert.rejects(
    supervisor.whileWanted(() => new Promise(() => {})),
    StoppedEarly,
  );
  await supervisor.shutDown({ reason: 'shutdown', how: 'poweroff' });
  await waiting;
  await assert.rejects(
    supervisor.whileWanted(() => assert.fail('the phase ran')),
    StoppedEarly,
  );
  assert.throws(() => supervisor.throwIfStopped(), StoppedEarly);
  assert.equal(await supervisor.ended(), undefined);
});

test('shutDown() while the container starts stops it as soon as it runs, with the shorter grace', async () => {
  const { supervisor, container, story } = openSupervisor();
  await supervisor.shutDown({ reason: 'shutdown', how: 'poweroff', graceMs: 500 });
  await supervisor.shutDown({ reason: 'power-button', how: 'poweroff', graceMs: 900 });
  await supervisor.shutDown({ reason: 'shutdown', how: 'poweroff' });
  supervisor.adopt(container);
  assert.deepEqual(story, [
    [3, 500],
    ['stopping', 'shutdown'],
  ]);
});

test('whileWanted() gives what the phase gives, and throws what it throws', async () => {
  const { supervisor } = openSupervisor();
  assert.equal(await supervisor.whileWanted(() => 7), 7);
  assert.equal(await supervisor.whileWanted(() => Promise.resolve(8)), 8);
  await assert.rejects(
    supervisor.whileWanted(() => Promise.reject(new Error('no disk'))),
    { message: 'no disk' },
  );
});

test('a supervisor whose boot is stopped between two phases rejects nothing unseen', async () => {
  const { supervisor } = openSupervisor();
  await supervisor.shutDown({ reason: 'shutdown', how: 'poweroff' });
  await settlePromises();
});

test('process() finds the first process, and an exec by its number', () => {
  const { supervisor, container } = openSupervisor();
  supervisor.adopt(container);
  assert.equal(supervisor.process(undefined, 'x').pid, 90);
  assert.equal(supervisor.process(1, 'x').pid, 91);
  assert.throws(() => supervisor.process(2, 'send SIGHUP to exec 2'), {
    code: 'not-found',
    message: 'Cannot send SIGHUP to exec 2: there is no exec 2',
  });
});
