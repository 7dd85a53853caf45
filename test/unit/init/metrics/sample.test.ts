import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeSample } from '../../../../init/metrics/sample.ts';
import { maxFramePayloadBytes } from '../../../../protocol/limits.ts';
import { Metrics } from '../../../../protocol/metrics.ts';
import { makeKernelTree } from '../machine/kernel-tree.ts';

test('takeSample() measures this machine and gives what the schema asks for', () => {
  const sample = takeSample([]);
  assert.deepEqual(Metrics.parse(sample), sample);
  assert.ok(sample.timeMs > 0);
  assert.ok(sample.machine.onlineCpus > 0);
  assert.ok(sample.machine.memory.totalBytes > 0);
  assert.ok(sample.machine.init.residentBytes > 0);
});

test('takeSample() names the disks of containers', (context) => {
  const procRoot = makeKernelTree(context, { diskstats: ' 254 0 vda 12 3 30 4 4 1 8 2 0 12 6\n' });
  const cgroupPath = makeKernelTree(context, { 'io.stat': '254:0 rbytes=1 wbytes=2 rios=3 wios=4\n' });
  const { containers } = takeSample([{ id: 'main', cgroupPath, pid: 1 }], procRoot);
  assert.equal(containers[0]?.io?.[0]?.device, 'vda');
});

test('takeSample() always fits one frame', (context) => {
  const lines = Array.from(
    { length: 200 },
    (_, index) => `${index}:0 rbytes=${2 ** 50} wbytes=1 rios=1 wios=1`,
  );
  const cgroupPath = makeKernelTree(context, { 'io.stat': lines.join('\n') });
  const containers = Array.from({ length: 100 }, (_, index) => ({ id: `c${index}`, cgroupPath, pid: 1 }));
  const sample = takeSample(containers);
  assert.ok(Buffer.byteLength(JSON.stringify(sample)) < maxFramePayloadBytes);
  assert.equal(sample.containers[0]?.id, 'c0');
});
