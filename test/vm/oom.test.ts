/** Workloads that take all memory or all processes: the container pays for it, never init. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ContainerMetrics } from '../../protocol/metrics.ts';
import { RawGuest } from '../support/raw-guest.ts';

const mebibyte = 1024 * 1024;
const limits = { memoryBytes: 64 * mebibyte, pids: 50 };
/** Asked to stop, it ends at once and without help: it needs no new process for that. */
const obedient = { command: ['sh', '-c', 'trap "exit 5" TERM; sleep 100000 & wait $!'] };
const graceMs = 20_000;
/** Far more than a workload of such a small machine has. */
const manyProcesses = 1000;

const hogs = [
  { name: 'a program whose heap grows', args: ['tail', '/dev/zero'] },
  {
    name: 'a program that asks for one large buffer',
    args: ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=200M'],
  },
];

async function container(guest: RawGuest): Promise<ContainerMetrics> {
  const { containers } = await guest.request('metrics', {});
  assert.ok(containers[0] !== undefined, 'the container runs');
  return containers[0];
}

/** Starts a shell that doubles itself without end; nobody waits for it. */
async function startForkBomb(guest: RawGuest): Promise<void> {
  await guest.request('exec', {
    args: ['sh', '-c', 'bomb() { bomb | bomb & }; bomb; sleep 100000'],
    detach: true,
  });
}

/** The stop succeeds by the workload's own exit, within its grace, and the machine ends. */
async function assertStops(guest: RawGuest): Promise<void> {
  await guest.request('stop', { graceMs });
  const { code, reason } = await guest.event('exit', () => true, graceMs);
  assert.deepEqual({ code, reason }, { code: 5, reason: 'exited' });
  assert.equal(await guest.end(), 'guest-shutdown');
  assert.ok(!guest.console.includes('Kernel panic'), guest.console.slice(-4000));
  assert.ok(!guest.events.some(({ event }) => event === 'fault'), JSON.stringify(guest.events));
}

describe('with limits', () => {
  test('what takes too much is killed and said to be, and the container goes on', async () => {
    await using guest = await RawGuest.boot({ launch: { process: obedient, limits } });
    for (const [index, { name, args }] of hogs.entries()) {
      const { exit } = await guest.exec(args);
      assert.deepEqual([exit.reason, exit.code, exit.signal], ['oom', 137, 9], name);
      const { kills } = await guest.event('oom', (event) => event.kills > index);
      assert.equal(kills, index + 1, name);
      assert.equal(await guest.shell('echo alive'), 'alive');
    }
    const { memory } = await container(guest);
    assert.equal(memory?.maxBytes, limits.memoryBytes);
    assert.ok((memory?.peakBytes ?? 0) > limits.memoryBytes * 0.9);
    assert.ok((memory?.peakBytes ?? 0) <= limits.memoryBytes + mebibyte);
    assert.equal(memory?.events.oomKill, hogs.length);
    // A kill from within is no want of memory.
    const { exit } = await guest.exec(['sh', '-c', 'kill -9 $$']);
    assert.deepEqual([exit.reason, exit.code], ['signaled', 137]);

    await startForkBomb(guest);
    await guest.until('the limit to be met', async () => {
      const { current = 0, max } = (await container(guest)).pids ?? {};
      assert.equal(max, limits.pids);
      assert.ok(current <= limits.pids, `${current} processes`);
      return current === limits.pids;
    });
    await assertStops(guest);
  });

  test('a first process that takes too much ends the container with 137', async () => {
    const command = ['sh', '-c', 'exec tail /dev/zero'];
    await using guest = await RawGuest.boot({ launch: { process: { command }, limits } });
    const { reason, code, signal } = await guest.event('exit');
    assert.deepEqual([reason, code, signal], ['oom', 137, 9]);
    assert.equal((await guest.event('oom')).kills, 1);
    assert.equal(await guest.end(), 'guest-shutdown');
  });
});

describe('without limits', () => {
  test('memory for init is left, and a machine full of processes can be stopped', async () => {
    await using guest = await RawGuest.boot({ launch: { process: obedient } });
    const { totalBytes } = (await guest.request('metrics', {})).machine.memory;
    assert.ok(totalBytes < 512 * mebibyte);
    const { exit } = await guest.exec(['tail', '/dev/zero']);
    assert.deepEqual([exit.reason, exit.code], ['oom', 137]);
    assert.equal(await guest.shell('echo alive'), 'alive');

    await startForkBomb(guest);
    await guest.until('very many processes', async () => {
      return ((await container(guest)).pids?.current ?? 0) > manyProcesses;
    });
    await assertStops(guest);
  });
});
