import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { type CheckResult, makeHealthCheck } from '../../../../init/supervision/health-check.ts';
import { type FakeChildren, openFakeExecs, rest } from '../../../support/fake-children.ts';

const openFds = (): number => readdirSync('/proc/self/fd').length;

interface Checked extends FakeChildren {
  /** Runs the check; what came of it is in `results`. */
  run(): Promise<void>;
  results: CheckResult[];
  /** What the running check prints. */
  print(text: string): void;
  /** The fake kernel kills a group: signals that were sent to groups, as `-pid:signal`. */
  kills: string[];
  /** When the machine was last at rest. */
  restMs: { value: number };
  close(): Promise<void>;
}

function openCheck(context: TestContext, timeoutMs = 1000): Checked {
  const { guest, execs } = openFakeExecs(context);
  const restMs = { value: Number.NEGATIVE_INFINITY };
  const freezer = { wasAtRestSince: (sinceMs: number) => restMs.value >= sinceMs };
  const runCheck = makeHealthCheck({ native: guest.native, execs, freezer }, { args: ['probe'], timeoutMs });
  const results: CheckResult[] = [];
  const kills: string[] = [];
  context.mock.method(process, 'kill', (pid: number, signal: number) => kills.push(`${pid}:${signal}`));
  const pipes = guest.recordPipes();
  const writers: number[] = [];
  guest.onSpawn = () => writers.push(guest.native.duplicate(pipes.at(-1)?.writeFd ?? -1));
  const { native } = guest;
  const end = guest.end.bind(guest);
  return Object.assign(guest, {
    results,
    kills,
    restMs,
    run: async () => {
      void runCheck().then((result) => results.push(result));
      await rest(guest);
    },
    print: (text: string) => native.writeSome(writers.at(-1) ?? -1, Buffer.from(text)),
    end: (child: Parameters<typeof end>[0]) => {
      const fd = writers.pop();
      if (fd !== undefined) native.closeFd(fd);
      end(child);
    },
    close: () => execs.close(),
  });
}

test('a check runs as an exec of the container, and its exit code and output are the result', async (context) => {
  const guest = openCheck(context);
  const before = openFds();
  await guest.run();
  assert.deepEqual(guest.native.spawns.at(-1)?.cgroupFd, 77);
  guest.print('all is well\n');
  guest.end({ pid: 101, code: 0 });
  await rest(guest);
  assert.deepEqual(guest.results, [{ exitCode: 0, output: 'all is well\n' }]);
  assert.equal(openFds(), before);
  assert.deepEqual(guest.host.takeMessages('event'), [], 'it is no exec of the host’s');
});

test('a check that a signal ended has Docker’s exit code', async (context) => {
  const guest = openCheck(context);
  await guest.run();
  guest.end({ pid: 101, signal: 11 });
  await rest(guest);
  assert.deepEqual(guest.results, [{ exitCode: 139, output: '' }]);
});

test('a check that can’t be started has failed for the reason, and nothing of it stays', async (context) => {
  const guest = openCheck(context);
  const before = openFds();
  guest.handshakes.push([['failed', 0, 13]]);
  await guest.run();
  guest.end({ pid: 101, code: 125 });
  await rest(guest);
  const [result] = guest.results;
  assert.equal(result?.exitCode, 125);
  assert.match(result?.output ?? '', /^Cannot .*EACCES/s);
  assert.equal(openFds(), before);
});

test('a check that takes too long is killed with its group, and has failed with what it printed', async (context) => {
  const guest = openCheck(context);
  const before = openFds();
  await guest.run();
  guest.print('waiting for the database');
  await rest(guest);
  context.mock.timers.tick(1000);
  await rest(guest);
  assert.deepEqual(guest.kills, ['-101:9']);
  assert.deepEqual(guest.results, [], 'it has not ended yet');
  guest.end({ pid: 101, signal: 9 });
  await rest(guest);
  const output = 'Cannot finish the health check within 1000 ms: waiting for the database';
  assert.deepEqual(guest.results, [{ exitCode: undefined, output }]);
  assert.equal(openFds(), before);
});

test('a check that does not die fails each further one until it has, and none runs beside it', async (context) => {
  const guest = openCheck(context);
  await guest.run();
  context.mock.timers.tick(1000);
  await rest(guest);
  context.mock.timers.tick(2000);
  await rest(guest);
  await guest.run();
  assert.deepEqual(
    guest.results.map(({ output }) => output),
    [
      'Cannot finish the health check within 1000 ms',
      'Cannot run the health check: the one before it does not end',
    ],
  );
  assert.equal(guest.children.length, 1);
  guest.end({ pid: 101, signal: 9 });
  await rest(guest);
  await guest.run();
  guest.end({ pid: 102, code: 0 });
  await rest(guest);
  assert.deepEqual(guest.results.at(-1), { exitCode: 0, output: '' });
});

test('a check that was frozen begins its time anew', async (context) => {
  const guest = openCheck(context);
  await guest.run();
  guest.restMs.value = Number.POSITIVE_INFINITY;
  context.mock.timers.tick(1000);
  await rest(guest);
  context.mock.timers.tick(999);
  await rest(guest);
  assert.deepEqual(guest.kills, []);
  guest.restMs.value = Number.NEGATIVE_INFINITY;
  context.mock.timers.tick(1);
  await rest(guest);
  assert.deepEqual(guest.kills, ['-101:9']);
  guest.end({ pid: 101, signal: 9 });
  await rest(guest);
});

test('after the end of the container a check fails without a process', async (context) => {
  const guest = openCheck(context);
  const before = openFds();
  await guest.close();
  await guest.run();
  assert.deepEqual(guest.results, [
    { exitCode: undefined, output: 'Cannot start "probe": the container has ended' },
  ]);
  assert.equal(openFds(), before);
});
