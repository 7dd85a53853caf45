import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { metricsRequests } from '../../../../init/metrics/requests.ts';
import type { MeteredContainer } from '../../../../init/metrics/sample.ts';
import { Metrics } from '../../../../protocol/metrics.ts';
import { makeKernelTree } from '../machine/kernel-tree.ts';

/** The handlers on a channel that keeps the samples; intervals are the test's. */
function openRequests(context: TestContext) {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const samples: Metrics[] = [];
  const listeners: (() => void)[] = [];
  const channel = {
    congested: false,
    sendSample: (metrics: Metrics) => void samples.push(metrics),
    onNewSession: (listener: () => void) => void listeners.push(listener),
  };
  const cgroupPath = makeKernelTree(context, {
    'cpu.stat': 'usage_usec 5\nuser_usec 3\nsystem_usec 2\n',
    'cgroup.procs': `${process.pid}\n`,
  });
  const containers: MeteredContainer[] = [{ id: 'main', cgroupPath, pid: process.pid }];
  const handlers = metricsRequests({ channel, containers: () => containers });
  const watch = (intervalMs: number | null): unknown =>
    handlers['watch-metrics']({ id: 1, method: 'watch-metrics', params: { intervalMs } });
  const beginSession = (): void => listeners.forEach((listener) => listener());
  return { channel, samples, containers, handlers, watch, beginSession, timers: context.mock.timers };
}

test('metrics gives one sample of machine and containers', (context) => {
  const { handlers } = openRequests(context);
  const sample = Metrics.parse(handlers.metrics({ id: 1, method: 'metrics', params: {} }));
  assert.equal(sample.containers[0]?.cpu?.usageUs, 5);
});

test('metrics works before a container runs', (context) => {
  const { handlers, containers } = openRequests(context);
  containers.length = 0;
  const sample = Metrics.parse(handlers.metrics({ id: 1, method: 'metrics', params: {} }));
  assert.deepEqual(sample.containers, []);
});

test('processes lists what runs in the containers', async (context) => {
  const { handlers } = openRequests(context);
  const list = await handlers.processes({ id: 1, method: 'processes', params: { after: 0 } });
  const { processes } = list as { processes: { pid: number; command: string[] }[] };
  assert.deepEqual(
    processes.map(({ pid }) => pid),
    [process.pid],
  );
  assert.notEqual(processes[0]?.command[0], undefined);
});

test('watch-metrics sends a sample at every interval until null ends it', (context) => {
  const { samples, watch, timers } = openRequests(context);
  watch(100);
  assert.equal(samples.length, 0);
  timers.tick(300);
  assert.equal(samples.length, 3);
  watch(null);
  timers.tick(300);
  assert.equal(samples.length, 3);
});

test('watch-metrics replaces the interval before', (context) => {
  const { samples, watch, timers } = openRequests(context);
  watch(100);
  watch(1000);
  timers.tick(1000);
  assert.equal(samples.length, 1);
});

test('watch-metrics ends with the session', (context) => {
  const { samples, watch, beginSession, timers } = openRequests(context);
  watch(100);
  beginSession();
  timers.tick(1000);
  assert.equal(samples.length, 0);
});

test('watch-metrics leaves samples out while the host takes none', (context) => {
  const { channel, samples, watch, timers } = openRequests(context);
  watch(100);
  channel.congested = true;
  timers.tick(500);
  channel.congested = false;
  timers.tick(100);
  assert.equal(samples.length, 1);
});
