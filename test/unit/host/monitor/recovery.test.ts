import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test as declare, type TestContext } from 'node:test';
import { isAlive, killProcess, machineState } from '../../../../host/machine/liveness.ts';
import type { MachineDirectory } from '../../../../host/machine/machine-directory.ts';
import { writeStatus } from '../../../../host/machine/machine-files.ts';
import { parseCriLine } from '../../../../host/monitor/cri-format.ts';
import { spawnMonitor } from '../../../../host/monitor/spawn-monitor.ts';
import { ended, startMonitor } from './started-monitor.ts';

const test = (name: string, run: (context: TestContext) => Promise<void>): void => {
  declare(name, { timeout: 60_000 }, run);
};

/** The workload's stdout as the log files have it, oldest first. */
function loggedText({ workloadLogPath }: MachineDirectory): string {
  const paths = [...Array(100).keys()]
    .toReversed()
    .map((age) => (age === 0 ? workloadLogPath : `${workloadLogPath}.${age}`));
  let text = '';
  for (const path of paths.filter((candidate) => existsSync(candidate))) {
    for (const line of readFileSync(path).toString().split('\n').slice(0, -1)) {
      const entry = parseCriLine(Buffer.from(line));
      assert.ok(entry !== undefined, `"${line}" is no line of a log`);
      if (entry.stream === 'stdout') text += entry.content.toString() + (entry.isPartial ? '' : '\n');
    }
  }
  return text;
}

interface Line {
  event: { event: string; sequence?: number; missingBytes?: number };
}

function recordedEvents({ eventsPath }: MachineDirectory): Line['event'][] {
  const lines = readFileSync(eventsPath, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as Line).event);
}

async function untilRecorded(directory: MachineDirectory, name: string): Promise<void> {
  while (!recordedEvents(directory).some(({ event }) => event === name)) {
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

const expectedLines = (count: number): string =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');

test('every byte of every stream is logged exactly once, whenever its monitors are killed', async (context) => {
  const monitor = await startMonitor(
    context,
    { workloads: [['ticks']] },
    { log: { maxBytes: 20_000, files: 100 } },
  );
  await monitor.ask('start');
  await monitor.ask('ready');
  for (let kills = 0; kills < 5; kills += 1) {
    await monitor.killMonitor();
    assert.equal(machineState(monitor.status()), 'lost');
    await spawnMonitor(monitor.directory.path);
    assert.equal(machineState(monitor.status()), 'running');
  }
  const rotated = `${monitor.directory.workloadLogPath}.1`;
  while (!existsSync(rotated)) await new Promise((resolve) => setTimeout(resolve, 10));
  await monitor.ask('stop');
  assert.deepEqual(await monitor.wait(), { code: 0, reason: 'exited' });
  const lines = loggedText(monitor.directory).split('\n').slice(0, -1);
  assert.equal(lines.pop(), 'end');
  assert.deepEqual(lines, expectedLines(lines.length).split('\n').slice(0, -1));
  const numbers = recordedEvents(monitor.directory).flatMap(({ sequence }) => sequence ?? []);
  assert.deepEqual(numbers, [1, 2, 3, 4], 'no event is on record twice');
});

test('what the guest could not keep while no monitor was there is on record as a gap', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['away', '30000']] });
  await monitor.ask('start');
  const client = await monitor.attach();
  await client.until(() => client.outputText === 'before\n');
  await monitor.killMonitor();
  await spawnMonitor(monitor.directory.path);
  const { code } = await monitor.wait();
  assert.equal(code, 0);
  const whole = `before\n${expectedLines(30_000)}after\n`;
  const text = loggedText(monitor.directory);
  const gap = recordedEvents(monitor.directory).find(({ event }) => event === 'gap');
  assert.equal(gap?.missingBytes, whole.length - text.length);
  assert.ok(whole.endsWith(text.slice('before\n'.length)) && text.startsWith('before\n'));
});

test('a machine that ended while it had no monitor has the exit that was on record', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['exit', '5']], linger: true });
  await monitor.ask('start');
  await untilRecorded(monitor.directory, 'exit');
  await monitor.killMonitor();
  const { vm } = monitor.status();
  if (vm !== null) killProcess(vm);
  await ended(vm);
  assert.equal(machineState(monitor.status()), 'dead');
  await spawnMonitor(monitor.directory.path);
  assert.deepEqual(await monitor.wait(), { code: 5, reason: 'exited' });
  assert.equal(monitor.status().state, 'exited');
});

test('a machine that ended unseen has failed', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['sleep']] });
  await monitor.ask('start');
  await monitor.ask('ready');
  await monitor.killMonitor();
  const { vm } = monitor.status();
  if (vm !== null) killProcess(vm);
  await ended(vm);
  await spawnMonitor(monitor.directory.path);
  const { code, reason, message } = await monitor.wait();
  assert.deepEqual(
    [code, reason, message],
    [125, 'failed', 'Machine ended while no monitor watched over it'],
  );
});

test('a new monitor finds a virtual machine that the old one could not name', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['sleep']] });
  await monitor.ask('start');
  await monitor.ask('ready');
  const { vm } = monitor.status();
  await monitor.killMonitor();
  writeStatus(monitor.directory, { ...monitor.status(), state: 'starting', vm: null, ready: null });
  await spawnMonitor(monitor.directory.path);
  assert.deepEqual(monitor.status().vm, vm);
  assert.equal(monitor.status().state, 'running');
  await monitor.ask('destroy');
  assert.equal((await monitor.wait()).reason, 'killed');
});

test('a process whose client and monitor are gone goes on without anybody to read it', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['sleep']] });
  await monitor.ask('start');
  await monitor.ask('ready');
  const client = await monitor.connect();
  await client.request('exec', { args: ['flood', '3000000'] });
  await client.until(() => client.output.length > 3);
  await monitor.killMonitor();
  await spawnMonitor(monitor.directory.path);
  await untilRecorded(monitor.directory, 'exec-exit');
  assert.equal(isAlive(monitor.status().vm), true);
});
