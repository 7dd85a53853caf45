import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { ExecSessions } from '../../../../init/container/exec-sessions.ts';
import type { ContainerParams, ExecStarted } from '../../../../protocol/messages.ts';
import { type ContainerMachine, openContainerMachine } from '../../../support/container-machine.ts';
import { fakeSite, rest } from '../../../support/fake-children.ts';
import { openFds } from '../../../support/open-descriptors.ts';
import { bareSpec } from '../../../support/runnable-spec.ts';

const params = (config = JSON.stringify(bareSpec())): ContainerParams => ({ config, stdin: false });

interface Sessions extends ContainerMachine {
  execs: ExecSessions;
  start: () => Promise<ExecStarted>;
}

function openSessions(context: TestContext): Sessions {
  const machine = openContainerMachine(context);
  const execs = new ExecSessions(machine.dependencies, machine.channel, fakeSite(machine));
  return Object.assign(machine, {
    execs,
    start: async () => {
      const started = execs.startContainer(params());
      await rest(machine);
      return await started;
    },
  });
}

const exits = ({ host }: Sessions): unknown[] =>
  host
    .takeMessages('event')
    .filter(({ event }) => event === 'exec-exit')
    .map(({ sequence: _sequence, timeMs: _timeMs, ...body }) => body);

describe('startContainer()', () => {
  it('starts a container that has a number and streams like an exec', async (context) => {
    const sessions = openSessions(context);
    sessions.makeCgroup('side-1');
    const started = await sessions.start();
    assert.deepEqual(started, { exec: 1, pid: 101, streams: { stdout: 16, stderr: 17 } });
    assert.deepEqual(sessions.execs.list(), [started]);
    assert.equal(sessions.execs.find(1)?.pid, 101);
  });

  it('gives each a name of its own', async (context) => {
    const sessions = openSessions(context);
    for (const id of ['side-1', 'side-2']) {
      sessions.makeCgroup(id);
      await sessions.start();
    }
    const keyrings = sessions.operations().filter((line) => line.startsWith('joinSessionKeyring'));
    assert.deepEqual(
      keyrings.map((line) => line.split(' ')[1]),
      ['_ses.side-1', '_ses.side-2'],
    );
  });

  it('announces the end when nothing is left of it', async (context) => {
    const sessions = openSessions(context);
    const cgroup = sessions.makeCgroup('side-1');
    const before = openFds();
    const { pid, streams } = await sessions.start();
    for (const stream of [streams.stdout, streams.stderr]) sessions.host.credit(stream ?? -1, 100);
    sessions.end({ pid, code: 7 });
    await rest(sessions);
    assert.deepEqual(exits(sessions), [{ event: 'exec-exit', exec: 1, reason: 'exited', code: 7 }]);
    assert.deepEqual(sessions.execs.list(), []);
    assert.equal(existsSync(cgroup), false);
    assert.ok(sessions.operations().includes('unmount /run/firstborn/roots/side-1 MNT_DETACH'));
    context.mock.timers.tick(500);
    assert.equal(openFds(), before);
  });

  it('frees the place of one that is refused', async (context) => {
    const sessions = openSessions(context);
    await assert.rejects(sessions.execs.startContainer(params('{}')), { code: 'bad-request' });
    assert.deepEqual(sessions.execs.list(), []);
    await sessions.execs.close();
  });

  it('starts no more once the first container has ended', async (context) => {
    const sessions = openSessions(context);
    await sessions.execs.close();
    await assert.rejects(sessions.execs.startContainer(params()), { code: 'not-found' });
  });
});

describe('close()', () => {
  it('kills the containers beside the first one, and waits for their ends', async (context) => {
    const sessions = openSessions(context);
    sessions.makeCgroup('side-1');
    const { pid } = await sessions.start();
    let isClosed = false;
    const closed = sessions.execs.close().then(() => (isClosed = true));
    assert.deepEqual(
      sessions.native.signals.map(({ signal }) => signal),
      [9, 9],
    );
    await rest(sessions);
    assert.equal(isClosed, false);
    sessions.end({ pid, signal: 9 });
    await rest(sessions);
    context.mock.timers.tick(5_000);
    await rest(sessions);
    await closed;
    assert.deepEqual(exits(sessions), [
      { event: 'exec-exit', exec: 1, reason: 'signaled', code: 137, signal: 9 },
    ]);
  });

  it('kills a container that was just being started', async (context) => {
    const sessions = openSessions(context);
    sessions.makeCgroup('side-1');
    sessions.silent = true;
    const started = sessions.execs.startContainer(params());
    await rest(sessions);
    const closed = sessions.execs.close();
    sessions.speak(101);
    await rest(sessions);
    await started;
    assert.equal(sessions.native.signals[0]?.signal, 9);
    sessions.end({ pid: 101, signal: 9 });
    for (const waitMs of [500, 5_000]) {
      await rest(sessions);
      context.mock.timers.tick(waitMs);
    }
    await rest(sessions);
    await closed;
  });
});
