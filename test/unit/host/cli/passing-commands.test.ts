import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseCommand, syncCommand, unpauseCommand } from '../../../../host/cli/freeze-commands.ts';
import { imagesCommand } from '../../../../host/cli/images-command.ts';
import { topCommand } from '../../../../host/cli/top-command.ts';
import { waitCommand } from '../../../../host/cli/wait-command.ts';
import { FirstbornError } from '../../../../host/client/index.ts';
import { runStubbed } from './support/stubbed-command.ts';

const dayMs = 24 * 60 * 60 * 1000;

test('pause freezes for a day, or as long as --for says', async (t) => {
  const asked: (number | undefined)[] = [];
  const web = {
    freeze: async ({ thawAfterMs }: { thawAfterMs?: number } = {}) => void asked.push(thawAfterMs),
  };
  assert.deepEqual(await runStubbed(t, pauseCommand, ['web'], { web }), {
    code: 0,
    stdout: 'web\n',
    reported: [],
  });
  await runStubbed(t, pauseCommand, ['--for', '1.5', 'web'], { web });
  assert.deepEqual(asked, [dayMs, 1500]);
  await assert.rejects(runStubbed(t, pauseCommand, ['--for', '86401', 'web'], { web }), { code: 'usage' });
  await assert.rejects(runStubbed(t, pauseCommand, [], { web }), { code: 'usage' });
});

test('unpause and sync do their one thing to every machine', async (t) => {
  const done: string[] = [];
  const machine = (name: string): object => ({
    thaw: async () => void done.push(`thaw ${name}`),
    sync: async () => void done.push(`sync ${name}`),
  });
  const machines = { web: machine('web'), db: machine('db') };
  assert.equal((await runStubbed(t, unpauseCommand, ['web', 'db'], machines)).stdout, 'web\ndb\n');
  assert.equal((await runStubbed(t, syncCommand, ['db'], machines)).stdout, 'db\n');
  assert.deepEqual(done, ['thaw web', 'thaw db', 'sync db']);
});

test('one machine that fails does not keep the others from their turn', async (t) => {
  const machines = {
    bad: { sync: () => Promise.reject(new FirstbornError('vm', 'Cannot sync')) },
    web: { sync: () => Promise.resolve() },
  };
  assert.deepEqual(await runStubbed(t, syncCommand, ['bad', 'nobody', 'web'], machines), {
    code: 1,
    stdout: 'web\n',
    reported: ['Cannot sync', 'Cannot find a machine "nobody"'],
  });
});

test('wait asks all machines at once and prints in the order of the words', async (t) => {
  const first = Promise.withResolvers<{ code: number; reason: 'exited' }>();
  const others = Array.from({ length: 40 }, (_, index) => `m${index}`);
  let asked = 0;
  const other = {
    wait: () => {
      asked += 1;
      if (asked === others.length) first.resolve({ code: 9, reason: 'exited' });
      return Promise.resolve({ code: 0, reason: 'exited' } as const);
    },
  };
  const machines = {
    first: { wait: () => first.promise },
    ...Object.fromEntries(others.map((name) => [name, other])),
  };
  const { stdout } = await runStubbed(t, waitCommand, ['first', ...others], machines);
  assert.equal(stdout, `9\n${'0\n'.repeat(40)}`);
});

test('top lists processes as a table or as objects', async (t) => {
  const one = {
    pid: 100,
    containerPid: 1,
    parentPid: 1,
    state: 'S',
    name: 'sleep',
    command: ['sleep', '9'],
    residentBytes: 1024,
    virtualBytes: 2048,
    threads: 1,
    cpuMs: 0,
    lifetimeMs: 1,
    uid: 0,
    effectiveUid: 0,
    gid: 0,
    effectiveGid: 0,
  };
  const web = { processes: () => Promise.resolve([one]) };
  assert.equal(
    (await runStubbed(t, topCommand, ['web'], { web })).stdout,
    'PID   PPID   UID   STAT   TIME       RSS    VSZ    COMMAND\n1     0      0     S      00:00:00   1KiB   2KiB   sleep 9\n',
  );
  assert.deepEqual(JSON.parse((await runStubbed(t, topCommand, ['--json', 'web'], { web })).stdout), one);
});

test('images shows its commands and refuses others', async (t) => {
  assert.match((await runStubbed(t, imagesCommand, [], {})).stdout, /^Usage: firstborn images COMMAND\n/);
  await assert.rejects(runStubbed(t, imagesCommand, ['ls'], {}), {
    code: 'usage',
    message: 'Unknown command "images ls"',
  });
});
