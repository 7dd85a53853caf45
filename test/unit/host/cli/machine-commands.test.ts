import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { isAlive, killProcess } from '../../../../host/machine/liveness.ts';
import { makeCommandMachine } from './support/started-machine.ts';

test('a machine is listed, stopped, waited for and removed', async (t) => {
  const { firstborn, directory, record } = await makeCommandMachine(
    t,
    { workloads: [['sleep']] },
    {
      name: 'web',
      labels: { tier: 'front' },
      ports: [{ protocol: 'tcp', hostAddress: '', hostPort: 8080, guestPort: 80 }],
    },
  );
  assert.deepEqual(await firstborn('ps'), {
    code: 0,
    stdout: 'ID   IMAGE   COMMAND   CREATED   STATUS   PORTS   NAME\n',
    stderr: '',
  });
  assert.match(
    (await firstborn('ps', '-a')).stdout,
    /"sleep" +\S.* ago +Created +0\.0\.0\.0:8080->80\/tcp +web\n/,
  );
  assert.deepEqual(await firstborn('start', 'web'), { code: 0, stdout: 'web\n', stderr: '' });
  assert.match((await firstborn('ps', '--filter', 'label=tier')).stdout, / Up .* web\n$/);
  assert.equal((await firstborn('ps', '-q')).stdout, `${record.id.slice(0, 12)}\n`);
  assert.equal((await firstborn('ps', '-q', '--no-trunc')).stdout, `${record.id}\n`);

  const refused = await firstborn('rm', 'web');
  assert.equal(refused.code, 1);
  assert.equal(refused.stderr, 'firstborn: Cannot remove machine "web": it is running; stop it first\n');

  assert.deepEqual(await firstborn('stop', '-s', 'INT', 'web', record.id), {
    code: 0,
    stdout: `web\n${record.id}\n`,
    stderr: '',
  });
  assert.equal((await firstborn('wait', 'web')).stdout, '130\n');
  assert.match((await firstborn('ps', '-f', 'status=exited')).stdout, / Exited \(130\) .* ago /);
  const [line = ''] = (await firstborn('ps', '-a', '--json')).stdout.split('\n');
  const { state, exitCode, name } = JSON.parse(line) as Record<string, unknown>;
  assert.deepEqual([state, exitCode, name], ['exited', 130, 'web']);

  assert.deepEqual(await firstborn('rm', 'nobody', 'web'), {
    code: 1,
    stdout: 'web\n',
    stderr: 'firstborn: Cannot find a machine "nobody"\n',
  });
  assert.equal(existsSync(directory.path), false);
});

test('kill sends its signal to the workload, and wait prints what came of it', async (t) => {
  const { firstborn, begin } = await makeCommandMachine(t, { workloads: [['sleep']] }, { name: 'web' });
  const early = await firstborn('kill', 'web');
  assert.deepEqual([early.code, early.stdout], [1, '']);
  assert.match(early.stderr, /^firstborn: Cannot reach machine "web": it has not been started/);
  assert.deepEqual(await firstborn('start', 'web'), { code: 0, stdout: 'web\n', stderr: '' });
  const waiting = begin('wait', 'web');
  assert.deepEqual(await firstborn('kill', 'web'), { code: 0, stdout: 'web\n', stderr: '' });
  assert.equal((await waiting.finished).stdout, '137\n');
  assert.deepEqual(await firstborn('stop', 'web'), { code: 0, stdout: 'web\n', stderr: '' });
});

test('stop ends a machine that removes itself', async (t) => {
  const { firstborn, directory } = await makeCommandMachine(
    t,
    { workloads: [['sleep']] },
    { name: 'web', autoRemove: true },
  );
  assert.deepEqual(await firstborn('start', 'web'), { code: 0, stdout: 'web\n', stderr: '' });
  assert.deepEqual(await firstborn('stop', '-t', '5', 'web'), { code: 0, stdout: 'web\n', stderr: '' });
  while (existsSync(directory.statusPath)) await new Promise(setImmediate);
});

test('a lost machine is shown as lost, refused by rm, and removed by rm -f', async (t) => {
  const { firstborn, status, directory } = await makeCommandMachine(
    t,
    { workloads: [['sleep']] },
    { name: 'web' },
  );
  assert.deepEqual(await firstborn('start', 'web'), { code: 0, stdout: 'web\n', stderr: '' });
  const { monitor, vm } = status();
  assert.ok(monitor !== null && vm !== null);
  killProcess(monitor);
  while (isAlive(monitor)) await new Promise(setImmediate);
  assert.match(
    (await firstborn('ps')).stdout,
    / Lost \(the monitor is dead, the machine runs: start or rm -f\) /,
  );
  assert.equal((await firstborn('rm', 'web')).code, 1);
  assert.deepEqual(await firstborn('rm', '-f', 'web'), { code: 0, stdout: 'web\n', stderr: '' });
  assert.equal(isAlive(vm), false);
  assert.equal(existsSync(directory.path), false);
});

test('inspect shows what it finds and reports the rest', async (t) => {
  const { firstborn, record, directory } = await makeCommandMachine(
    t,
    { workloads: [['exit']] },
    { name: 'web' },
  );
  const { code, stdout, stderr } = await firstborn('inspect', 'web', 'nobody');
  assert.deepEqual([code, stderr], [1, 'firstborn: Cannot find a machine "nobody"\n']);
  const [found, other] = JSON.parse(stdout) as {
    id: string;
    state: string;
    directory: string;
    record: object;
  }[];
  assert.equal(other, undefined);
  assert.deepEqual([found?.id, found?.state, found?.directory], [record.id, 'created', directory.path]);
  assert.deepEqual(found?.record, JSON.parse(JSON.stringify(record)));
});

test('logs shows both streams, the last lines, and the last line before the end', async (t) => {
  const { firstborn, begin } = await makeCommandMachine(
    t,
    {
      workloads: [
        ['lines', '3'],
        ['both', 'out\n', 'err\n', '3'],
      ],
    },
    { name: 'web' },
  );
  const following = begin('logs', '-f', 'web');
  for (const _ of [1, 2]) {
    await firstborn('start', 'web');
    await firstborn('wait', 'web');
  }
  assert.deepEqual(await firstborn('logs', 'web'), {
    code: 0,
    stdout: 'line 1\nline 2\nline 3\nout\n',
    stderr: 'err\n',
  });
  assert.match((await following.finished).stdout, /^line 1\nline 2\nline 3\n/);
  const tail = await firstborn('logs', '-n', '1', '-t', 'web');
  assert.match(tail.stdout + tail.stderr, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\S* (?:out|err)\n$/);
  assert.deepEqual(await firstborn('logs', '--until', '10m', 'web'), { code: 0, stdout: '', stderr: '' });
  assert.deepEqual(
    (await firstborn('logs', '--since', '10m', '-f', 'web')).stdout,
    'line 1\nline 2\nline 3\nout\n',
  );
  assert.equal((await firstborn('logs', 'nobody')).code, 1);
});

test('logs -f ends when its reader has gone', async (t) => {
  const { firstborn, begin } = await makeCommandMachine(
    t,
    { workloads: [['lines', '100000', '1']] },
    { name: 'web' },
  );
  assert.deepEqual(await firstborn('start', 'web'), { code: 0, stdout: 'web\n', stderr: '' });
  const following = begin('logs', '-f', 'web');
  await following.printed(/line 1\n/);
  following.finished.catch(() => {});
  following.child.stdout?.destroy();
  assert.deepEqual(await once(following.child, 'exit'), [0, null]);
});
