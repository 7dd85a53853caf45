import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readContainerMetrics } from '../../../../init/metrics/container-metrics.ts';
import { ContainerMetrics } from '../../../../protocol/metrics.ts';
import { makeKernelTree } from '../machine/kernel-tree.ts';

const pressure =
  'some avg10=0.00 avg60=0.00 avg300=0.00 total=831\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n';
/** As Linux 6.1 writes them for a container with limits. */
const cgroup = {
  'cpu.stat':
    'usage_usec 918425\nuser_usec 597953\nsystem_usec 320471\nnr_periods 90\nnr_throttled 7\nthrottled_usec 450\nnr_bursts 0\nburst_usec 0\n',
  'cpu.max': '50000 100000\n',
  'cpu.pressure': pressure,
  'memory.current': '12988416\n',
  'memory.peak': '12996608\n',
  'memory.max': '268435456\n',
  'memory.high': 'max\n',
  'memory.swap.current': '0\n',
  'memory.stat':
    'anon 11489280\nfile 24576\nkernel 1396736\nkernel_stack 212992\npagetables 335872\nshmem 4096\ninactive_file 8192\n',
  'memory.events': 'low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 0\n',
  'memory.pressure': pressure,
  'io.stat': '254:0 rbytes=4096 wbytes=10240 rios=4 wios=10 dbytes=0 dios=0\n',
  'io.pressure': pressure,
  'pids.current': '13\n',
  'pids.max': 'max\n',
  'pids.peak': '14\n',
};

test('readContainerMetrics() fills everything that the kernel offers', (context) => {
  const metrics = readContainerMetrics('main', makeKernelTree(context, cgroup), []);
  assert.deepEqual(ContainerMetrics.parse(metrics), metrics);
  const { pressure: pressures, ...rest } = metrics;
  assert.deepEqual(Object.keys(pressures), ['cpu', 'memory', 'io']);
  assert.deepEqual(rest, {
    id: 'main',
    cpu: {
      usageUs: 918_425,
      userUs: 597_953,
      systemUs: 320_471,
      periods: 90,
      throttledPeriods: 7,
      throttledUs: 450,
    },
    memory: {
      currentBytes: 12_988_416,
      peakBytes: 12_996_608,
      maxBytes: 268_435_456,
      highBytes: null,
      swapBytes: 0,
      anonymousBytes: 11_489_280,
      fileBytes: 24_576,
      kernelBytes: 1_396_736,
      sharedBytes: 4096,
      inactiveFileBytes: 8192,
      events: { low: 1, high: 2, max: 3, oom: 4, oomKill: 5 },
    },
    io: [{ device: '254:0', readBytes: 4096, writtenBytes: 10_240, reads: 4, writes: 10 }],
    pids: { current: 13, max: null, peak: 14 },
  });
});

test('readContainerMetrics() says nothing of throttling without a cpu limit', (context) => {
  const root = makeKernelTree(context, { ...cgroup, 'cpu.max': 'max 100000\n' });
  assert.deepEqual(Object.keys(readContainerMetrics('main', root, []).cpu ?? {}), [
    'usageUs',
    'userUs',
    'systemUs',
  ]);
});

test("readContainerMetrics() adds up the kernel's memory where the kernel does not", (context) => {
  const stat =
    'anon 1\nfile 2\nkernel_stack 10\npagetables 20\npercpu 30\nslab 40\nshmem 0\ninactive_file 0\n';
  const root = makeKernelTree(context, { 'memory.current': '5\n', 'memory.stat': stat });
  const { memory } = readContainerMetrics('main', root, []);
  assert.equal(memory?.kernelBytes, 100);
  assert.equal(memory?.maxBytes, null);
  assert.equal(memory !== undefined && 'peakBytes' in memory, false);
});

test('readContainerMetrics() has no more than the id of a cgroup that is gone', () => {
  const metrics = readContainerMetrics('main', '/nowhere/main', []);
  assert.deepEqual(metrics, { id: 'main', pressure: {} });
  assert.deepEqual(ContainerMetrics.parse(metrics), metrics);
});
