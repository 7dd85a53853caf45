import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statsFigures } from '../../../../host/cli/stats-figures.ts';
import { statsObject, statsRow } from '../../../../host/cli/stats-rows.ts';
import type { Metrics } from '../../../../host/client/index.ts';
import { sampleMetrics } from '../../../support/fake-vm/sample-metrics.ts';

const mebibyte = 1024 * 1024;
type Container = Metrics['containers'][number];

const line = (avg10: number): object => ({ avg10, avg60: 0, avg300: 0, totalUs: 0 });

/** A sample at `timeMs` whose container has used `usageUs`. */
function sample(timeMs: number, usageUs: number, changes: Partial<Container> = {}): Metrics {
  const { machine } = sampleMetrics();
  const traffic = {
    receivedPackets: 0,
    receiveErrors: 0,
    receiveDrops: 0,
    sentPackets: 0,
    sendErrors: 0,
    sendDrops: 0,
  };
  const counted = { reads: 1, writes: 1, busyMs: 1 };
  return {
    timeMs,
    machine: {
      ...machine,
      interfaces: [
        { name: 'lo', receivedBytes: 1e9, sentBytes: 1e9, ...traffic },
        { name: 'eth0', receivedBytes: 1200, sentBytes: 300, ...traffic },
        { name: 'eth1', receivedBytes: 34, sentBytes: 0, ...traffic },
      ],
      disks: [{ name: 'vda', readBytes: 7000, writtenBytes: 0, ...counted }],
    },
    containers: [
      {
        id: 'main',
        cpu: { usageUs, userUs: 0, systemUs: 0 },
        memory: {
          currentBytes: 40 * mebibyte,
          inactiveFileBytes: 8 * mebibyte,
          maxBytes: 64 * mebibyte,
          highBytes: null,
          anonymousBytes: 0,
          fileBytes: 0,
          kernelBytes: 0,
          sharedBytes: 0,
          events: { low: 0, high: 0, max: 0, oom: 0, oomKill: 0 },
        },
        io: [
          { device: 'vda', readBytes: 4096, writtenBytes: 0, reads: 1, writes: 0 },
          { device: 'vdb', readBytes: 0, writtenBytes: 512, reads: 0, writes: 1 },
        ],
        pids: { current: 3, max: null },
        pressure: { cpu: { some: line(12.34) }, memory: { some: line(0) } } as Container['pressure'],
        ...changes,
      },
    ],
  };
}

describe('statsFigures()', () => {
  it('takes the difference of two samples for CPU time', () => {
    assert.equal(statsFigures(sample(3000, 1_500_000), sample(1000, 500_000)).cpuPercent, 50);
    assert.equal(statsFigures(sample(2000, 4_000_000), sample(1000, 0)).cpuPercent, 400);
  });

  it('knows no CPU time of one sample, nor of two boots', () => {
    assert.equal(statsFigures(sample(1000, 5)).cpuPercent, undefined);
    assert.equal(statsFigures(sample(500, 900), sample(1000, 500)).cpuPercent, undefined);
    assert.equal(statsFigures(sample(2000, 400), sample(1000, 500)).cpuPercent, undefined);
    assert.equal(statsFigures(sample(1000, 600), sample(1000, 500)).cpuPercent, undefined);
  });

  it('leaves droppable file contents out of memory', () => {
    const { memoryBytes, memoryLimitBytes, memoryPercent } = statsFigures(sample(1, 0));
    assert.deepEqual([memoryBytes, memoryLimitBytes, memoryPercent], [32 * mebibyte, 64 * mebibyte, 50]);
  });

  it("takes the machine's memory for the limit where there is none", () => {
    const first = sample(1, 0).containers[0]?.memory;
    assert.ok(first !== undefined);
    const free = sample(1, 0, { memory: { ...first, maxBytes: null } });
    assert.equal(statsFigures(free).memoryLimitBytes, 512 * mebibyte);
    const huge = sample(1, 0, { memory: { ...first, maxBytes: 2 ** 50 } });
    assert.equal(statsFigures(huge).memoryLimitBytes, 512 * mebibyte);
  });

  it('adds up what went through interfaces but lo, and through disks', () => {
    const figures = statsFigures(sample(1, 0));
    assert.deepEqual([figures.receivedBytes, figures.sentBytes], [1234, 300]);
    assert.deepEqual([figures.readBytes, figures.writtenBytes], [4096, 512]);
  });

  it("takes the machine's disks where the container's I/O is not known", () => {
    const { containers, ...rest } = sample(1, 0);
    const figures = statsFigures({
      ...rest,
      containers: containers.map(({ io: _io, ...container }) => container),
    });
    assert.deepEqual([figures.readBytes, figures.writtenBytes], [7000, 0]);
  });

  it('says of a kernel without controllers that it knows nothing', () => {
    const figures = statsFigures(sampleMetrics(), sampleMetrics());
    assert.equal(figures.cpuPercent, undefined);
    assert.equal(figures.memoryBytes, undefined);
    assert.equal(figures.memoryPercent, undefined);
    assert.equal(figures.pids, undefined);
    assert.deepEqual(figures.pressure, { cpu: undefined, memory: undefined, io: undefined });
  });
});

describe('statsRow()', () => {
  it('writes figures as docker-stats(1) does', () => {
    const figures = statsFigures(sample(3000, 1_500_000), sample(1000, 500_000));
    assert.deepEqual(statsRow({ id: '1', name: 'web', figures }), [
      'web',
      '50.00%',
      '32MiB / 64MiB',
      '50.00%',
      '1.23kB / 300B',
      '4.1kB / 512B',
      '3',
      '12.3 / 0.0 / --',
    ]);
  });
  it('writes dashes for a machine that does not run', () => {
    assert.deepEqual(statsRow({ id: '1', name: 'web', figures: undefined }), ['web', ...Array(7).fill('--')]);
  });
});

describe('statsObject()', () => {
  it('has all keys, with null for what is not known', () => {
    const unknown = statsObject({ id: '1', name: 'web', figures: undefined }, 5);
    assert.deepEqual(unknown, {
      unixMs: 5,
      id: '1',
      name: 'web',
      running: false,
      cpuPercent: null,
      memoryBytes: null,
      memoryLimitBytes: null,
      memoryPercent: null,
      receivedBytes: null,
      sentBytes: null,
      readBytes: null,
      writtenBytes: null,
      pids: null,
      pressure: { cpu: null, memory: null, io: null },
    });
    const known = statsObject({ id: '1', name: 'web', figures: statsFigures(sample(1, 0)) }, 5);
    assert.deepEqual(Object.keys(known), Object.keys(unknown));
    assert.deepEqual((known as { pressure: unknown }).pressure, { cpu: 12.34, memory: 0, io: null });
  });
});
