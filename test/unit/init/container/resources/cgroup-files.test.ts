import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cgroupFiles } from '../../../../../init/container/resources/cgroup-files.ts';
import { FirstbornError } from '../../../../../protocol/errors.ts';
import type { SpecResources } from '../../../../../protocol/oci/runtime-spec.ts';

/** `name value` in the order of the writes. */
const linesOf = (resources: SpecResources): string[] =>
  cgroupFiles(resources).files.map(({ name, value }) => `${name} ${value}`);

const gibibyte = 1024 ** 3;

/** What runc writes to cgroup2; where it differs, the row says so. */
const table: [resources: SpecResources, lines: string[]][] = [
  [{}, []],
  [{ memory: {}, cpu: {}, blockIO: {}, hugepageLimits: [], rdma: {}, unified: {} }, []],

  [{ pids: { limit: 100 } }, ['pids.max 100']],
  [{ pids: { limit: -1 } }, ['pids.max max']],
  [{ pids: { limit: -7 } }, ['pids.max max']],
  [{ pids: { limit: 0 } }, []],

  [{ memory: { limit: gibibyte } }, ['memory.max 1073741824']],
  [{ memory: { limit: 0, reservation: 0, swap: 0 } }, []],
  [{ memory: { limit: -1 } }, ['memory.swap.max max', 'memory.max max']],
  [{ memory: { limit: -1, swap: -1 } }, ['memory.swap.max max', 'memory.max max']],
  [{ memory: { swap: -1 } }, ['memory.swap.max max']],
  [{ memory: { limit: gibibyte, swap: -1 } }, ['memory.swap.max max', 'memory.max 1073741824']],
  [
    { memory: { limit: gibibyte, swap: 3 * gibibyte } },
    ['memory.swap.max 2147483648', 'memory.max 1073741824'],
  ],
  [{ memory: { limit: gibibyte, swap: gibibyte } }, ['memory.swap.max 0', 'memory.max 1073741824']],
  [{ memory: { limit: gibibyte, swap: 0 } }, ['memory.max 1073741824']],
  [{ memory: { reservation: 4096 } }, ['memory.low 4096']],
  [{ memory: { reservation: -1 } }, ['memory.low max']],
  // 2^63 - 1 as JSON numbers have it.
  [{ memory: { limit: Number(2n ** 63n - 1n) } }, ['memory.max max']],
  [{ memory: { limit: 2 ** 62 } }, ['memory.max 4611686018427387904']],

  [{ cpu: { shares: 2 } }, ['cpu.weight 1']],
  [{ cpu: { shares: 512 } }, ['cpu.weight 20']],
  [{ cpu: { shares: 1024 } }, ['cpu.weight 39']],
  [{ cpu: { shares: 2048 } }, ['cpu.weight 79']],
  [{ cpu: { shares: 262_144 } }, ['cpu.weight 10000']],
  [{ cpu: { shares: 0 } }, []],
  // Bounded as cgroup1 does it; runc writes a number that the kernel refuses.
  [{ cpu: { shares: 1 } }, ['cpu.weight 1']],
  [{ cpu: { shares: 1_000_000 } }, ['cpu.weight 10000']],
  [{ cpu: { quota: 50_000 } }, ['cpu.max 50000 100000']],
  [{ cpu: { quota: 50_000, period: 200_000 } }, ['cpu.max 50000 200000']],
  [{ cpu: { period: 200_000 } }, ['cpu.max max 200000']],
  [{ cpu: { quota: -1 } }, ['cpu.max max 100000']],
  [{ cpu: { quota: 0, period: 0 } }, []],
  [{ cpu: { quota: 50_000, burst: 50_000 } }, ['cpu.max 50000 100000', 'cpu.max.burst 50000']],
  [{ cpu: { burst: 0 } }, ['cpu.max.burst 0']],
  // The weight first: the kernel gives none to what is idle.
  [{ cpu: { idle: 1, shares: 1024 } }, ['cpu.weight 39', 'cpu.idle 1']],
  [{ cpu: { idle: 0 } }, ['cpu.idle 0']],
  [{ cpu: { cpus: '0-3,7', mems: '0' } }, ['cpuset.cpus 0-3,7', 'cpuset.mems 0']],
  [{ cpu: { cpus: '', mems: '' } }, []],

  [{ blockIO: { weight: 0 } }, []],
  [{ blockIO: { weight: 10 } }, ['io.bfq.weight 10']],
  [
    {
      blockIO: {
        throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1000 }],
        throttleWriteBpsDevice: [{ major: 8, minor: 16, rate: 2000 }],
        throttleReadIOPSDevice: [{ major: 254, minor: 0, rate: 30 }],
        throttleWriteIOPSDevice: [
          { major: 254, minor: 0, rate: 40 },
          { major: 254, minor: 1, rate: 0 },
        ],
      },
    },
    [
      'io.max 8:0 rbps=1000',
      'io.max 8:16 wbps=2000',
      'io.max 254:0 riops=30',
      'io.max 254:0 wiops=40',
      'io.max 254:1 wiops=max',
    ],
  ],

  [
    {
      hugepageLimits: [
        { pageSize: '2MB', limit: 4_194_304 },
        { pageSize: '1GB', limit: 0 },
        { pageSize: '64KB', limit: Number(2n ** 64n - 1n) },
      ],
    },
    ['hugetlb.2MB.max 4194304', 'hugetlb.1GB.max 0', 'hugetlb.64KB.max max'],
  ],

  [
    { rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 10_000 }, 'rxe3.1': { hcaObjects: 0 }, none: {} } },
    ['rdma.max mlx5_1 hca_handle=3 hca_object=10000', 'rdma.max rxe3.1 hca_object=0'],
  ],

  [
    {
      unified: {
        'memory.high': '1G',
        'hugetlb.1GB.rsvd.max': '0',
        'cgroup.max.depth': '2',
        'io.max': '8:0 rbps=1',
      },
    },
    ['memory.high 1G', 'hugetlb.1GB.rsvd.max 0', 'cgroup.max.depth 2', 'io.max 8:0 rbps=1'],
  ],
  // Both are written, and the later one stays.
  [{ memory: { limit: 4096 }, unified: { 'memory.max': '8192' } }, ['memory.max 4096', 'memory.max 8192']],

  [
    {
      unified: { 'memory.high': 'max' },
      rdma: { a: { hcaHandles: 1 } },
      hugepageLimits: [{ pageSize: '2MB', limit: 1 }],
      cpu: { shares: 2, cpus: '0' },
      blockIO: { weight: 500 },
      memory: { limit: 4096 },
      pids: { limit: 5 },
    },
    [
      'pids.max 5',
      'memory.max 4096',
      'io.bfq.weight 500',
      'cpu.weight 1',
      'cpuset.cpus 0',
      'hugetlb.2MB.max 1',
      'rdma.max a hca_handle=1',
      'memory.high max',
    ],
  ],
];
for (const [resources, lines] of table) {
  test(`cgroupFiles() writes ${JSON.stringify(resources)}`, () => {
    assert.deepEqual(linesOf(resources), lines);
    assert.deepEqual(cgroupFiles(resources).warnings, []);
  });
}

test('cgroupFiles() has io.weight where there is no BFQ', () => {
  const { files } = cgroupFiles({
    blockIO: {
      weight: 500,
      weightDevice: [
        { major: 8, minor: 0, weight: 1000 },
        { major: 8, minor: 1 },
      ],
    },
  });
  assert.deepEqual(files, [
    { name: 'io.bfq.weight', value: '500', otherwise: { name: 'io.weight', value: '4950' } },
    { name: 'io.bfq.weight', value: '8:0 1000', otherwise: { name: 'io.weight', value: '8:0 10000' } },
  ]);
});

test('cgroupFiles() warns about what only cgroup1 has', () => {
  const resources: SpecResources = {
    memory: { kernel: 1, kernelTCP: 1, swappiness: 0, disableOOMKiller: true, useHierarchy: false },
    cpu: { realtimeRuntime: 1, realtimePeriod: 1 },
    blockIO: { leafWeight: 10, weightDevice: [{ major: 8, minor: 0, leafWeight: 10 }] },
    network: { classID: 1, priorities: [{ name: 'eth0', priority: 1 }] },
  };
  const { files, warnings } = cgroupFiles(resources);
  assert.deepEqual(files, []);
  const members = [
    'memory.kernel',
    'memory.kernelTCP',
    'memory.swappiness',
    'memory.disableOOMKiller',
    'memory.useHierarchy',
    'cpu.realtimeRuntime',
    'cpu.realtimePeriod',
    'blockIO.leafWeight',
    'blockIO.weightDevice',
    'network.classID',
    'network.priorities',
  ];
  assert.deepEqual(
    warnings,
    members.map((member) => `linux.resources.${member}: cgroup2 has no such limit, so it is skipped`),
  );
});

test('cgroupFiles() passes over what asks for nothing', () => {
  const { warnings } = cgroupFiles({
    memory: { disableOOMKiller: false, useHierarchy: true, checkBeforeUpdate: true },
    network: { priorities: [] },
  });
  assert.deepEqual(warnings, []);
});

const refusals: [resources: SpecResources, message: string][] = [
  [{ pids: { limit: 1.5 } }, 'pids.limit: expected -1 or a whole number, got 1.5'],
  [{ memory: { limit: -2 } }, 'memory.limit: expected -1 or a whole number, got -2'],
  [{ memory: { reservation: -2 } }, 'memory.reservation: expected -1 or a whole number, got -2'],
  [{ memory: { limit: 4096, swap: -2 } }, 'memory.swap: expected -1 or a whole number, got -2'],
  [
    { memory: { swap: 4096 } },
    'memory.swap: expected a limit of memory beside it, as 4096 bytes are memory and swap together',
  ],
  [
    { memory: { limit: -1, swap: 4096 } },
    'memory.swap: expected a limit of memory beside it, as 4096 bytes are memory and swap together',
  ],
  [
    { memory: { limit: 8192, swap: 4096 } },
    'memory.swap: expected at least memory.limit, 8192, as it counts memory too, got 4096',
  ],
  [{ cpu: { shares: -1 } }, 'cpu.shares: expected a whole number from 0 to 9007199254740991, got -1'],
  [{ cpu: { quota: 999 } }, 'cpu.quota: expected at least 1000 (microseconds), got 999'],
  [{ cpu: { period: 999 } }, 'cpu.period: expected a whole number from 1000 to 1000000, got 999'],
  [{ cpu: { period: 1_000_001 } }, 'cpu.period: expected a whole number from 1000 to 1000000, got 1000001'],
  [{ cpu: { quota: 2000, burst: 3000 } }, 'cpu.burst: expected at most the quota, 2000, got 3000'],
  [{ cpu: { burst: -1 } }, 'cpu.burst: expected a whole number from 0 to 9007199254740991, got -1'],
  [{ cpu: { idle: 2 } }, 'cpu.idle: expected a whole number from 0 to 1, got 2'],
  [{ cpu: { cpus: '3-1' } }, 'cpu.cpus: expected numbers below 8192 and ranges such as "0-3,7", got "3-1"'],
  [{ cpu: { mems: 'x' } }, 'cpu.mems: expected numbers below 8192 and ranges such as "0-3,7", got "x"'],
  [{ blockIO: { weight: 9 } }, 'blockIO.weight: expected a whole number from 10 to 1000, got 9'],
  [
    { blockIO: { weightDevice: [{ major: 8, minor: 0, weight: 1001 }] } },
    'blockIO.weightDevice[0].weight: expected a whole number from 10 to 1000, got 1001',
  ],
  [
    { blockIO: { throttleReadBpsDevice: [{ major: -1, minor: 0, rate: 1 }] } },
    'blockIO.throttleReadBpsDevice[0].major: expected a whole number from 0 to 4095, got -1',
  ],
  [
    { blockIO: { throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 0.5 }] } },
    'blockIO.throttleWriteIOPSDevice[0].rate: expected -1 or a whole number, got 0.5',
  ],
  [
    { hugepageLimits: [{ pageSize: '2M/../', limit: 1 }] },
    'hugepageLimits[0].pageSize: expected a size such as "2MB", got "2M/../"',
  ],
  [
    { hugepageLimits: [{ pageSize: '2MB', limit: -5 }] },
    'hugepageLimits[0].limit: expected -1 or a whole number, got -5',
  ],
  [{ rdma: { 'a b': { hcaHandles: 1 } } }, 'rdma["a b"]: expected the name of a device, as "mlx5_1"'],
  [
    { rdma: { a: { hcaHandles: -1 } } },
    'rdma["a"].hcaHandles: expected a whole number from 0 to 2147483647, got -1',
  ],
  [
    { unified: { '../memory.max': '1' } },
    'unified["../memory.max"]: expected the name of a cgroup file, as "memory.high"',
  ],
  [
    { unified: { 'memory.max/x': '1' } },
    'unified["memory.max/x"]: expected the name of a cgroup file, as "memory.high"',
  ],
  [{ unified: { memory: '1' } }, 'unified["memory"]: expected the name of a cgroup file, as "memory.high"'],
  [{ unified: { '': '1' } }, 'unified[""]: expected the name of a cgroup file, as "memory.high"'],
  [
    { unified: { 'cgroup.procs': '1' } },
    'unified["cgroup.procs"]: expected the file of a controller, not one that manages the cgroup itself',
  ],
  [{ unified: { 'memory.high': 'a\0' } }, 'unified["memory.high"]: expected no NUL character'],
  [
    { unified: { 'memory.high': 'é'.repeat(2049) } },
    'unified["memory.high"]: expected at most 4096 bytes, got 4098',
  ],
];
for (const [resources, message] of refusals) {
  test(`cgroupFiles() refuses linux.resources.${message.slice(0, 80)}`, () => {
    assert.throws(() => cgroupFiles(resources), {
      name: 'FirstbornError',
      code: 'config',
      message: `Cannot run the configuration: linux.resources.${message}`,
    });
  });
}

test('cgroupFiles() gives plain decimals or refuses, whatever the number', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.maxSafeInteger(), fc.integer()), (value) => {
      const resources = { pids: { limit: value }, memory: { reservation: value }, cpu: { quota: value } };
      try {
        for (const { value: text } of cgroupFiles(resources).files) assert.match(text, /^(max|\d+)( \d+)?$/);
      } catch (error) {
        assert.ok(error instanceof FirstbornError);
      }
    }),
    { seed: 1, numRuns: 500 },
  );
});
