/** Detached machines and the commands that reach into them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import type { MachineInfo } from '../../host/client/index.ts';
import { command, done, startCommand } from '../support/command.ts';
import { scratchDirectory } from '../support/disks.ts';
import { firstborn } from '../support/live-machine.ts';
import { machinesLeft } from '../support/run-firstborn.ts';
import { busybox } from '../support/test-images.ts';

const scratch = scratchDirectory();
const pollMs = 50;

/** Says hello, prints its input, exits with 5 when it is asked to stop. */
const service =
  'trap "echo stopping; exit 5" TERM; echo hello; echo oops >&2; while :; do sleep 1 & wait $!; done';

before(async () => {
  const words = ['run', '-d', '--name', 'service', '--label', 'role=test', '--stop-timeout', '60'];
  const id = await done([...words, busybox, 'sh', '-c', service]);
  assert.match(id, /^[0-9a-f]{16}$/);
});
after(async () => {
  for (const id of machinesLeft()) await command(['rm', '-f', id]);
  scratch[Symbol.dispose]();
});

async function inspect(name: string): Promise<MachineInfo> {
  const [info] = JSON.parse(await done(['inspect', name])) as MachineInfo[];
  assert.ok(info !== undefined);
  return info;
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 120_000;
  while (!(await condition())) {
    assert.ok(performance.now() < endMs, `waited in vain for ${what}`);
    await sleep(pollMs);
  }
}

test('ps lists it, and its name is taken', async () => {
  const rows = (await done(['ps'])).split('\n');
  assert.match(rows[0] ?? '', /^ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAME/);
  assert.match(rows[1] ?? '', /Up .* service$/);
  const [row] = (await done(['ps', '--json', '--filter', 'label=role=test'])).split('\n');
  assert.equal((JSON.parse(row ?? '') as { name: string }).name, 'service');
  const again = await command(['run', '-d', '--name', 'service', busybox, 'true']);
  assert.equal(again.code, 125);
  assert.match(again.stderr, /Cannot create "service": the name is taken by machine/);
});

test('logs tell stdout from stderr', async () => {
  const { stdout, stderr, code } = await command(['logs', 'service']);
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'hello\n', stderr: 'oops\n' });
  assert.match(await done(['logs', '-t', '--tail', '1', 'service']), /^(\d{4}-\d\d-\d\dT[\d:.]+Z hello)?$/);
  const log = readFileSync(join((await inspect('service')).directory, 'workload.log'), 'utf8');
  assert.match(log, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z stdout F hello$/m);
});

test('exec runs beside the workload with its own exit code, environment, directory and user', async () => {
  const result = await command(
    [
      'exec',
      '-i',
      '-e',
      'MORE=more',
      '-w',
      '/srv',
      '-u',
      'app',
      'service',
      'sh',
      '-c',
      'cat; pwd; id -un; echo $MORE >&2; exit 9',
    ],
    'input\n',
  );
  assert.deepEqual(
    { code: result.code, stdout: result.stdout, stderr: result.stderr },
    { code: 9, stdout: 'input\n/srv\napp\n', stderr: 'more\n' },
  );
  const missing = await command(['exec', 'service', 'no-such-command']);
  assert.equal(missing.code, 127);
  assert.match(missing.stderr, /no-such-command/);
  assert.equal((await command(['exec', 'service', '/srv/not-executable'])).code, 126);
  assert.equal((await command(['exec', 'no-such-machine', 'true'])).code, 125);
  await done(['exec', '-d', 'service', 'sh', '-c', 'echo detached > /detached']);
  await until(
    'the detached process',
    async () => (await command(['exec', 'service', 'cat', '/detached'])).code === 0,
  );
});

test('signals to a foreground exec reach its process', async () => {
  const run = startCommand([
    'exec',
    'service',
    'sh',
    '-c',
    'trap "echo caught; exit 3" TERM; echo ready; while :; do sleep 0.1; done',
  ]);
  await new Promise<void>((resolve) => run.child.stdout?.once('data', () => resolve()));
  run.child.kill('SIGTERM');
  const { code, stdout } = await run.finished;
  assert.deepEqual({ code, stdout }, { code: 3, stdout: 'ready\ncaught\n' });
});

test('stats and top show what it uses', async () => {
  const rows = (await done(['stats', '--no-stream'])).split('\n');
  assert.match(rows[0] ?? '', /NAME +CPU % +MEM USAGE/);
  assert.match(rows[1] ?? '', /^service +[\d.]+% +[\d.]+ ?[kMG]i?B/);
  const stat = JSON.parse(await done(['stats', '--no-stream', '--json', 'service'])) as Record<
    string,
    unknown
  >;
  assert.equal(stat['name'], 'service');
  assert.match(await done(['top', 'service']), /^ *PID[^\n]*\n *1 .*sh -c/);
});

test('cp brings a tree in and out again', async () => {
  const source = join(scratch.path, 'tree');
  mkdirSync(join(source, 'inner'), { recursive: true });
  writeFileSync(join(source, 'inner', 'file'), 'content\n', { mode: 0o640 });
  await done(['cp', source, 'service:/srv']);
  assert.equal(
    await done(['exec', 'service', 'sh', '-c', 'cat /srv/tree/inner/file; stat -c %a /srv/tree/inner/file']),
    'content\n640',
  );
  await done(['exec', 'service', 'sh', '-c', 'echo more >> /srv/tree/inner/file']);
  await done(['cp', 'service:/srv/tree/.', join(scratch.path, 'back')]);
  assert.equal(readFileSync(join(scratch.path, 'back/inner/file'), 'utf8'), 'content\nmore\n');
  const archive = execFileSync('tar', ['-C', source, '-c', 'inner']);
  await done(['exec', 'service', 'mkdir', '/from-tar']);
  await done(['cp', '-', 'service:/from-tar'], archive);
  assert.equal(await done(['exec', 'service', 'cat', '/from-tar/inner/file']), 'content');
  const missing = await command(['cp', 'service:/no/such/file', scratch.path]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /\/no\/such\/file/);
});

test('pause stands it still, unpause lets it go on', async () => {
  await done(['exec', '-d', 'service', 'sh', '-c', 'while :; do date +%s%N > /ticking; done']);
  await until(
    'the first tick',
    async () => (await command(['exec', 'service', 'cat', '/ticking'])).stdout !== '',
  );
  await done(['pause', 'service']);
  const frozen = await command(['exec', 'service', 'true']);
  assert.equal(frozen.code, 125);
  await done(['unpause', 'service']);
  const first = await done(['exec', 'service', 'cat', '/ticking']);
  await until('the next tick', async () => (await done(['exec', 'service', 'cat', '/ticking'])) !== first);
  await done(['sync', 'service']);
});

test('logs -f and attach see the last line before the exit, wait and stop tell the code', async () => {
  const following = startCommand(['logs', '-f', 'service']);
  const attached = startCommand(['attach', '--no-stdin', 'service']);
  const waiting = startCommand(['wait', 'service']);
  const late = startCommand(['attach', '--no-stdin', 'service']);
  await Promise.all(
    [following, attached, late].map(
      ({ child }) => new Promise<void>((resolve) => child.stdout?.once('data', () => resolve())),
    ),
  );
  assert.equal(await done(['stop', 'service']), 'service');
  const followed = await following.finished;
  assert.deepEqual([followed.code, followed.stdout], [0, 'hello\nstopping\n']);
  for (const one of [attached, late]) {
    const { code, stdout } = await one.finished;
    assert.deepEqual([code, stdout], [5, 'hello\nstopping\n']);
  }
  assert.equal((await waiting.finished).stdout, '5\n');
  assert.equal(await done(['wait', 'service']), '5');
  assert.match(await done(['ps', '-a']), /Exited \(5\) .* service$/m);
  assert.equal((await command(['exec', 'service', 'true'])).code, 125);
});

test('events tell the life of the machine', async () => {
  const lines = (await done(['events', '--since', '1h', '--until', '0s', '--json', 'service'])).split('\n');
  const names = lines.map((line) => (JSON.parse(line) as { event: { event: string } }).event.event);
  const told = names.filter((name) => name !== 'exec-exit');
  assert.deepEqual(told, [
    'created',
    'start',
    'started',
    'ready',
    'boot-timeline',
    'stopping',
    'exit',
    'end',
  ]);
});

test('boot-chart tells where the time of its boot went, step by step', async () => {
  const { steps, workloadMs, readyMs, host, machine } = await (
    await firstborn.machine('service')
  ).bootTimeline();
  const drivers = steps.filter(({ kind }) => kind === 'driver').map(({ name }) => name);
  for (const name of ['virtio_blk', 'virtio_console', 'overlay']) assert.ok(drivers.includes(name), name);
  const names = steps.filter(({ kind }) => kind !== 'driver').map(({ name }) => name);
  const runtime = ['kernel', 'unpack initramfs', 'load Node', 'start Node', 'load init'];
  assert.deepEqual(names.slice(0, 7), [...runtime, 'early mounts', 'console']);
  assert.deepEqual(names.slice(-3), ['container', 'hotplug', 'power buttons']);
  let startMs = 0;
  for (const step of steps) {
    assert.ok(step.startMs >= startMs && step.endMs >= step.startMs && step.endMs <= readyMs, step.name);
    startMs = step.startMs;
  }
  assert.equal(steps.find(({ name }) => name === 'container')?.endMs, workloadMs);
  assert.deepEqual([host?.since, machine.memoryMiB], ['kernel', 512]);
  const svg = await done(['boot-chart', '-o', '-', 'service']);
  assert.match(svg, /^<svg .*<\/svg>$/s);
  for (const name of [...drivers, ...names]) assert.ok(svg.includes(`>${name} <`), name);
});

test('start boots it again, kill ends it with 137, rm takes its traces away', async () => {
  await done(['start', 'service']);
  await until('the second hello', async () => (await done(['logs', 'service'])).split('hello').length === 3);
  const refused = await command(['rm', 'service']);
  assert.equal(refused.code, 1);
  await done(['kill', 'service']);
  assert.equal(await done(['wait', 'service']), '137');
  await done(['rm', 'service']);
  assert.equal((await command(['inspect', 'service'])).code, 1);
  assert.deepEqual(machinesLeft(), []);
});

test('a killed monitor is noticed, and a new one goes on without losing or doubling a line', async () => {
  const count =
    'i=0; while :; do printf "%015d\\n" $i; i=$((i + 1)); [ $((i % 50)) = 0 ] && usleep 20000; done';
  await done(['run', '-d', '--name', 'counter', busybox, 'sh', '-c', count]);
  const machine = await firstborn.machine('counter');
  const log = join(machine.directory, 'workload.log');
  for (let round = 0; round < 3; round += 1) {
    const { status } = await machine.info();
    const length = readFileSync(log).length;
    await until('more lines', () => readFileSync(log).length > length + 20_000);
    process.kill(status.monitor?.pid ?? assert.fail('no monitor'), 'SIGKILL');
    await until('the loss', async () => (await machine.info()).state === 'lost');
    if (round === 0) assert.match(await done(['ps']), /Lost \(.*counter$/m);
    await done(['start', 'counter']);
    assert.equal((await machine.info()).state, 'running');
  }
  await done(['stop', '-t', '0', 'counter']);
  const numbers = (await done(['logs', 'counter'])).split('\n').map(Number);
  assert.ok(numbers.length > 3000);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index),
  );
  const lines = (await done(['events', '--since', '1h', '--until', '0s', '--json', 'counter'])).split('\n');
  const sequences = lines.map(
    (line) => (JSON.parse(line) as { event: { sequence?: number } }).event.sequence,
  );
  const numbered = sequences.filter((sequence) => sequence !== undefined);
  assert.deepEqual(numbered, [...new Set(numbered)], 'no event is told twice');
  await done(['rm', 'counter']);
});

test('a machine whose monitor and VM are both gone is dead, and rm -f cleans up', async () => {
  await done(['run', '-d', '--name', 'victim', busybox, 'sleep', '1000']);
  const { status } = await inspect('victim');
  const { monitor, vm } = status;
  assert.ok(monitor !== null && vm !== null);
  process.kill(monitor.pid, 'SIGKILL');
  await until('the loss', async () => (await inspect('victim')).state === 'lost');
  assert.equal((await command(['rm', 'victim'])).code, 1, 'a lost machine runs');
  process.kill(vm.pid, 'SIGKILL');
  await until('the death', async () => (await inspect('victim')).state === 'dead');
  assert.match(await done(['ps', '-a']), /Dead .* victim$/m);
  await done(['rm', '-f', 'victim']);
  await done(['run', '-d', '--name', 'victim', busybox, 'sleep', '1000']);
  const second = await inspect('victim');
  process.kill(second.status.monitor?.pid ?? assert.fail('no monitor'), 'SIGKILL');
  await done(['rm', '-f', 'victim']);
  await until('the end of the VM', () => {
    try {
      return process.kill(second.status.vm?.pid ?? 0, 0) && false;
    } catch {
      return true;
    }
  });
  assert.deepEqual(machinesLeft(), []);
});

test('a policy restarts a failing workload so often and no more', async () => {
  await done([
    'run',
    '-d',
    '--name',
    'failing',
    '--restart',
    'on-failure:2',
    busybox,
    'sh',
    '-c',
    'echo round; exit 4',
  ]);
  assert.equal(await done(['wait', 'failing']), '4');
  assert.equal((await inspect('failing')).status.restarts, 2);
  assert.equal(await done(['logs', 'failing']), 'round\nround\nround');
  await done(['rm', 'failing']);
});

test('a client that is killed leaves the machine running; it removes itself at its end', async () => {
  const run = startCommand(['run', '--name', 'orphan', busybox, 'sh', '-c', service]);
  await new Promise<void>((resolve) => run.child.stdout?.once('data', () => resolve()));
  run.child.kill('SIGKILL');
  await run.finished;
  assert.equal((await inspect('orphan')).state, 'running');
  await done(['stop', 'orphan']);
  await until('the removal', async () => (await command(['inspect', 'orphan'])).code === 1);
});

test('a detached start that fails says so with the code of docker-run(1)', async () => {
  const missing = await command(['run', '-d', '--name', 'nothing', busybox, 'no-such-command']);
  assert.equal(missing.code, 127);
  assert.match(missing.stderr, /no-such-command/);
});
