import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  parseCpuStat,
  parseLoad,
  parseMeminfo,
  readMachineMetrics,
} from '../../../../init/metrics/machine-metrics.ts';
import { MachineMetrics } from '../../../../protocol/metrics.ts';
import { makeKernelTree } from '../machine/kernel-tree.ts';

const stat = `cpu  875402 7 236462 1510954 13706 3 1637 9214 0 0
cpu0 435574 0 115993 765081 2040 0 232 4634 0 0
cpu1 439828 7 120469 745872 11665 3 1405 4580 0 0
intr 1234 0 0
ctxt 99
`;
const meminfo = `MemTotal:         480272 kB
MemFree:          304228 kB
MemAvailable:     306020 kB
Buffers:             100 kB
Cached:           130000 kB
SwapCached:            0 kB
SwapTotal:          2048 kB
SwapFree:           1024 kB
SReclaimable:        732 kB
`;

test('parseCpuStat() counts time in microseconds, and the CPUs that are online', () => {
  assert.deepEqual(parseCpuStat(stat), {
    onlineCpus: 2,
    cpu: {
      userUs: 8_754_090_000,
      systemUs: 2_381_020_000,
      idleUs: 15_109_540_000,
      ioWaitUs: 137_060_000,
      stealUs: 92_140_000,
    },
  });
});

test('parseMeminfo() counts what can go as cached', () => {
  assert.deepEqual(parseMeminfo(meminfo), {
    totalBytes: 480_272 * 1024,
    freeBytes: 304_228 * 1024,
    availableBytes: 306_020 * 1024,
    cachedBytes: 130_832 * 1024,
    swapTotalBytes: 2048 * 1024,
    swapFreeBytes: 1024 * 1024,
  });
});

test('parseLoad() reads the three averages', () => {
  assert.deepEqual(parseLoad('1.18 0.89 0.63 1/100 9574\n'), [1.18, 0.89, 0.63]);
});

test('readMachineMetrics() fills everything that the kernel offers', (context) => {
  const root = makeKernelTree(context, {
    stat,
    meminfo,
    loadavg: '1.18 0.89 0.63 1/100 9574\n',
    uptime: '13303.62 15109.53\n',
    'pressure/cpu': 'some avg10=7.33 avg60=12.26 avg300=7.66 total=1713370647\n',
    'net/dev': ' eth0: 5 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n',
    'self/status': 'Name:\tinit\nVmRSS:\t   57724 kB\n',
    'self/fd/0': '',
    'self/fd/1': '',
    'self/fd/22': '',
  });
  const disk = {
    device: '254:0',
    name: 'vda',
    reads: 1,
    readBytes: 2,
    writes: 3,
    writtenBytes: 4,
    busyMs: 5,
  };
  const metrics = readMachineMetrics(root, [disk]);
  assert.deepEqual(MachineMetrics.parse(metrics), metrics);
  assert.equal(metrics.uptimeMs, 13_303_620);
  assert.equal(metrics.onlineCpus, 2);
  assert.equal(metrics.pressure.cpu?.some.avg10, 7.33);
  assert.equal(metrics.interfaces[0]?.sentBytes, 7);
  assert.deepEqual(metrics.disks, [
    { name: 'vda', reads: 1, readBytes: 2, writes: 3, writtenBytes: 4, busyMs: 5 },
  ]);
  assert.equal(metrics.init.residentBytes, 57_724 * 1024);
  assert.equal(metrics.init.openFds, 2);
  assert.ok(metrics.init.heapUsedBytes > 0);
});

test('readMachineMetrics() is a valid report of zeros without procfs', () => {
  const metrics = readMachineMetrics('/nowhere', []);
  assert.deepEqual(MachineMetrics.parse(metrics), metrics);
  assert.equal(metrics.memory.totalBytes, 0);
});
