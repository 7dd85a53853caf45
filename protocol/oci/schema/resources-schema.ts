import * as z from 'zod/mini';
import { maxDeviceRules, maxKernelValueBytes, maxSmallList } from './bounds.ts';
import { cpuList } from './process-schema.ts';
import { deviceMajor, deviceMinor, limit, text, uint32, uint64, wholeNumber } from './scalars.ts';
import { list, map, specObject } from './structures.ts';

function deviceRules() {
  const access = text().check(
    z.refine((value) => /^[rwm]{1,3}$/.test(value), 'expected some of the letters r, w and m'),
  );
  const rule = specObject({
    allow: z.boolean(),
    type: z.optional(z.enum(['a', 'c', 'b'])),
    major: z.optional(deviceMajor(-1)),
    minor: z.optional(deviceMinor(-1)),
    access: z.optional(access),
  });
  return list(rule, maxDeviceRules);
}

function memory() {
  return specObject({
    limit: z.optional(limit()),
    reservation: z.optional(limit()),
    swap: z.optional(limit()),
    kernel: z.optional(limit()),
    kernelTCP: z.optional(limit()),
    swappiness: z.optional(wholeNumber(0, 100)),
    disableOOMKiller: z.optional(z.boolean()),
    useHierarchy: z.optional(z.boolean()),
    checkBeforeUpdate: z.optional(z.boolean()),
  });
}

/** 0 is how Go's types say that a number is not set. */
function zeroOr(minimum: number, maximum: number) {
  const wanted = `expected a whole number from ${minimum} to ${maximum}`;
  return wholeNumber(0, maximum, `a whole number from ${minimum} to ${maximum}`).check(
    z.refine((value) => value === 0 || value >= minimum, wanted),
  );
}

/** The kernel's bounds of a period, and the least of a quota, in microseconds (cpu.max of cgroup2). */
const minPeriodUs = 1000;
const maxPeriodUs = 1_000_000;

function cpu() {
  const quota = limit().check(
    z.refine(
      (value) => value <= 0 || value >= minPeriodUs,
      `expected at least ${minPeriodUs}, or -1 for no limit`,
    ),
  );
  return specObject({
    shares: z.optional(uint64()),
    quota: z.optional(quota),
    burst: z.optional(uint64()),
    period: z.optional(zeroOr(minPeriodUs, maxPeriodUs)),
    realtimeRuntime: z.optional(limit()),
    realtimePeriod: z.optional(uint64()),
    cpus: cpuList(),
    mems: cpuList(),
    idle: z.optional(wholeNumber(0, 1)),
  });
}

/** The most that pids.max takes: PID_MAX_LIMIT of the kernel. */
const maxPids = 4_194_304;

function pids() {
  const most = limit().check(
    z.refine((value) => value <= maxPids, `expected at most ${maxPids}, or -1 for no limit`),
  );
  return specObject({ limit: most });
}

function blockIO() {
  const weight = z.optional(zeroOr(10, 1000));
  const device = { major: deviceMajor(), minor: deviceMinor() };
  const throttle = z.optional(list(specObject({ ...device, rate: uint64() }), maxSmallList));
  const weightDevice = specObject({ ...device, weight, leafWeight: weight }, (value, refuse) => {
    if (value.weight === undefined && value.leafWeight === undefined)
      refuse([], 'expected "weight" or "leafWeight"');
  });
  return specObject({
    weight,
    leafWeight: weight,
    weightDevice: z.optional(list(weightDevice, maxSmallList)),
    throttleReadBpsDevice: throttle,
    throttleWriteBpsDevice: throttle,
    throttleReadIOPSDevice: throttle,
    throttleWriteIOPSDevice: throttle,
  });
}

function hugepageLimits() {
  const pageSize = text(32).check(
    z.refine((value) => /^[1-9]\d*[KMG]B$/.test(value), 'expected a size such as "2MB"'),
  );
  return list(specObject({ pageSize, limit: uint64() }), maxSmallList);
}

function network() {
  return specObject({
    classID: z.optional(uint32()),
    priorities: z.optional(list(specObject({ name: text(15), priority: uint32() }), maxSmallList)),
  });
}

function rdma() {
  // The name is a word in a line of rdma.max.
  const name = z
    .string()
    .check(z.refine((value) => /^[\x21-\x7e]{1,64}$/.test(value), 'expected a device name'));
  const count = z.optional(uint32());
  const limits = specObject({ hcaHandles: count, hcaObjects: count }, (value, refuse) => {
    if (value.hcaHandles === undefined && value.hcaObjects === undefined)
      refuse([], 'expected "hcaHandles" or "hcaObjects"');
  });
  return map(name, limits, maxSmallList);
}

function unified() {
  const name = z
    .string()
    .check(
      z.refine(
        (value) => /^[a-z0-9_]+(\.[A-Za-z0-9_-]+)+$/.test(value) && value.length <= 255,
        'expected a file of cgroup2 such as "memory.high"',
      ),
    );
  return map(name, text(maxKernelValueBytes), maxSmallList);
}

export function resources() {
  return specObject({
    devices: z.optional(deviceRules()),
    memory: z.optional(memory()),
    cpu: z.optional(cpu()),
    pids: z.optional(pids()),
    blockIO: z.optional(blockIO()),
    hugepageLimits: z.optional(hugepageLimits()),
    network: z.optional(network()),
    rdma: z.optional(rdma()),
    unified: z.optional(unified()),
  });
}
