import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { RequestDesk } from '../../../../init/channel/requests.ts';
import type { Container } from '../../../../init/container/container.ts';
import { lifecycleRequests } from '../../../../init/supervision/lifecycle-requests.ts';
import { processRequests } from '../../../../init/supervision/process-requests.ts';
import { Supervisor } from '../../../../init/supervision/supervisor.ts';
import {
  fakeHandlers,
  type GuestChannel,
  openGuestChannel,
  settlePromises,
} from '../../../support/guest-channel.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';

/** A process that notes what is done to it. */
class NotedProcess {
  readonly notes: unknown[] = [];
  readonly stdio = { hasTerminal: false };
  answers = true;

  signal(signal: number): boolean {
    return this.#note(['signal', signal]);
  }

  signalGroup(signal: number): boolean {
    return this.#note(['group', signal]);
  }

  resize({ rows, columns }: { rows: number; columns: number }): boolean {
    return this.#note(['resize', rows, columns]);
  }

  #note(note: unknown): boolean {
    if (this.answers) this.notes.push(note);
    return this.answers;
  }
}

interface Desk extends GuestChannel {
  main: NotedProcess;
  exec: NotedProcess;
  freezer: { frozen: boolean };
  stops: [signal: number, graceMs: number][];
  started: [params: { args: string[] }, deadlineMs: number][];
  supervisor: Supervisor;
  /** Adopts the container. */
  run: () => void;
}

function openDesk(context: TestContext): Desk {
  const guest = openGuestChannel(context);
  const main = new NotedProcess();
  const exec = new NotedProcess();
  const stops: Desk['stops'] = [];
  const started: Desk['started'] = [];
  const session = { exec: 1, pid: 91, streams: {} };
  const container = {
    running: true,
    stopping: false,
    main,
    execs: {
      find: (number: number) => (number === 1 ? exec : undefined),
      list: () => [session],
      start: (...words: Desk['started'][number]) => {
        started.push(words);
        return Promise.resolve(session);
      },
    },
    stop: (signal: number, graceMs: number) => stops.push([signal, graceMs]) > 0,
    ended: () => new Promise(() => {}),
  } as unknown as Container;
  const supervisor = new Supervisor({
    log: makeRecordingLog().log,
    announce: (body) => guest.channel.announce(body),
    thaw: () => {
      freezer.frozen = false;
      return Promise.resolve();
    },
  });
  const freezer = { frozen: false };
  const handlers = {
    ...lifecycleRequests({ channel: guest.channel, supervisor }),
    ...processRequests({ supervisor, freezer }),
  };
  guest.channel.serve(new RequestDesk(fakeHandlers(handlers)));
  guest.host.hello('a');
  guest.host.forget();
  const run = (): void => supervisor.adopt(container);
  return { ...guest, main, exec, freezer, stops, started, supervisor, run };
}

/** Asks, and gives the answer without its id. */
async function ask({ host }: Desk, method: string, params?: object): Promise<unknown> {
  host.request({ id: 1, method, ...(params === undefined ? {} : { params }) });
  await settlePromises();
  host.receive();
  const response = host.frames.find((frame) => frame.type === 'response');
  host.frames.splice(host.frames.indexOf(response!), 1);
  const { id: _id, ...answer } = JSON.parse(response!.payload.toString()) as { id: number };
  return answer;
}

const fine = { ok: true };
const refused = (code: string, message: string): object => ({ ok: false, error: { code, message } });

test('a ping is answered', async (context) => {
  assert.deepEqual(await ask(openDesk(context), 'ping'), fine);
});

test('an acknowledgement frees the events', async (context) => {
  const desk = openDesk(context);
  desk.channel.announce({ event: 'stopping', container: 'main', reason: 'request' });
  const all = desk.channel.allAcknowledged();
  assert.deepEqual(await ask(desk, 'acknowledge', { sequence: 1 }), fine);
  await all;
});

test('a stop and a shutdown say why they stop', async (context) => {
  for (const [method, reason] of [
    ['stop', 'request'],
    ['shutdown', 'shutdown'],
  ] as const) {
    const desk = openDesk(context);
    desk.run();
    assert.deepEqual(await ask(desk, method, { graceMs: 5 }), fine);
    assert.deepEqual(desk.stops, [[15, 5]]);
    const [event] = desk.host.takeMessages('event');
    assert.deepEqual([event?.event, event?.['reason']], ['stopping', reason]);
    context.mock.timers.reset();
  }
});

test('a stop and a shutdown take another signal than the workload’s own', async (context) => {
  for (const method of ['stop', 'shutdown'] as const) {
    const desk = openDesk(context);
    desk.run();
    assert.deepEqual(await ask(desk, method, { signal: 2, graceMs: 7 }), fine);
    assert.deepEqual(desk.stops, [[2, 7]]);
    context.mock.timers.reset();
  }
});

test('a shutdown says how the machine is to end', async (context) => {
  const desk = openDesk(context);
  desk.run();
  assert.deepEqual(await ask(desk, 'shutdown', { how: 'reboot' }), fine);
  assert.equal(desk.supervisor.machineEnd, 'reboot');
});

test('a shutdown before the start is taken, a stop is refused', async (context) => {
  const desk = openDesk(context);
  assert.deepEqual(
    await ask(desk, 'stop', {}),
    refused('not-found', 'Cannot stop the container: the container has not started'),
  );
  assert.deepEqual(await ask(desk, 'shutdown', {}), fine);
});

test('a signal goes to the first process or to an exec, or to its group', async (context) => {
  const desk = openDesk(context);
  desk.run();
  assert.deepEqual(await ask(desk, 'signal', { signal: 1 }), fine);
  assert.deepEqual(await ask(desk, 'signal', { signal: 2, exec: 1, group: true }), fine);
  assert.deepEqual(desk.main.notes, [['signal', 1]]);
  assert.deepEqual(desk.exec.notes, [['group', 2]]);
});

test('a kill of the container thaws a frozen machine, other signals wait', async (context) => {
  const desk = openDesk(context);
  desk.run();
  desk.freezer.frozen = true;
  assert.deepEqual(await ask(desk, 'signal', { signal: 15 }), fine);
  assert.deepEqual(await ask(desk, 'signal', { signal: 9, exec: 1 }), fine);
  assert.equal(desk.freezer.frozen, true);
  assert.deepEqual(await ask(desk, 'signal', { signal: 9 }), fine);
  assert.equal(desk.freezer.frozen, false);
  assert.deepEqual(desk.main.notes, [
    ['signal', 15],
    ['signal', 9],
  ]);
});

test('a signal to what is not there, or not any more, is refused', async (context) => {
  const desk = openDesk(context);
  assert.deepEqual(
    await ask(desk, 'signal', { signal: 15 }),
    refused('not-found', 'Cannot send SIGTERM to the container: the container has not started'),
  );
  desk.run();
  assert.deepEqual(
    await ask(desk, 'signal', { signal: 15, exec: 7 }),
    refused('not-found', 'Cannot send SIGTERM to exec 7: there is no exec 7'),
  );
  desk.main.answers = false;
  assert.deepEqual(
    await ask(desk, 'signal', { signal: 15 }),
    refused('not-found', 'Cannot send SIGTERM to the container: it has ended'),
  );
});

test('a resize changes a terminal, and is refused where there is none or it is closed', async (context) => {
  const desk = openDesk(context);
  desk.run();
  const size = { rows: 3, columns: 4 };
  assert.deepEqual(
    await ask(desk, 'resize', size),
    refused('failed', 'Cannot resize the terminal of the container: it has none'),
  );
  desk.exec.stdio.hasTerminal = true;
  assert.deepEqual(await ask(desk, 'resize', { ...size, exec: 1 }), fine);
  assert.deepEqual(desk.exec.notes, [['resize', 3, 4]]);
  desk.exec.answers = false;
  assert.deepEqual(
    await ask(desk, 'resize', { ...size, exec: 1 }),
    refused('not-found', 'Cannot resize the terminal of exec 1: it is closed'),
  );
});

test('an exec is started with the deadline of its request, and listed', async (context) => {
  const desk = openDesk(context);
  assert.deepEqual(await ask(desk, 'execs', {}), { ok: true, result: { execs: [] } });
  desk.run();
  const session = { exec: 1, pid: 91, streams: {} };
  assert.deepEqual(await ask(desk, 'exec', { args: ['id'] }), { ok: true, result: session });
  assert.deepEqual(
    desk.started.map(([params, deadlineMs]) => [params.args, deadlineMs]),
    [[['id'], 10_000]],
  );
  assert.deepEqual(await ask(desk, 'execs', {}), { ok: true, result: { execs: [session] } });
});

test('an exec is refused before the start, and while the machine is frozen', async (context) => {
  const desk = openDesk(context);
  assert.deepEqual(
    await ask(desk, 'exec', { args: ['id'] }),
    refused('not-found', 'Cannot start a process: the container has not started'),
  );
  desk.run();
  desk.freezer.frozen = true;
  assert.deepEqual(
    await ask(desk, 'exec', { args: ['id'] }),
    refused('busy', 'Cannot start a process: the machine is frozen'),
  );
});
