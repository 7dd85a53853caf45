import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ioPriorityNumber,
  personalityNumber,
  schedulerAttributes,
} from '../../../../init/container/process-attributes.ts';
import type { SpecScheduler } from '../../../../protocol/oci/runtime-spec.ts';

/** struct sched_attr in the order of its members. */
function decodeAttributes(bytes: Uint8Array) {
  const buffer = Buffer.from(bytes);
  return {
    size: buffer.readUInt32LE(0),
    policy: buffer.readUInt32LE(4),
    flags: buffer.readBigUInt64LE(8),
    nice: buffer.readInt32LE(16),
    priority: buffer.readUInt32LE(20),
    runtime: buffer.readBigUInt64LE(24),
    deadline: buffer.readBigUInt64LE(32),
    period: buffer.readBigUInt64LE(40),
    utilMin: buffer.readUInt32LE(48),
    utilMax: buffer.readUInt32LE(52),
  };
}

const zero = {
  size: 56,
  policy: 0,
  flags: 0n,
  nice: 0,
  priority: 0,
  runtime: 0n,
  deadline: 0n,
  period: 0n,
  utilMin: 0,
  utilMax: 0,
};

const schedulers: [scheduler: SpecScheduler, expected: Partial<typeof zero>][] = [
  [{ policy: 'SCHED_OTHER' }, {}],
  [{ policy: 'SCHED_OTHER', nice: -20 }, { nice: -20 }],
  [
    { policy: 'SCHED_BATCH', nice: 19 },
    { policy: 3, nice: 19 },
  ],
  [{ policy: 'SCHED_IDLE' }, { policy: 5 }],
  [
    { policy: 'SCHED_FIFO', priority: 1 },
    { policy: 1, priority: 1 },
  ],
  [
    { policy: 'SCHED_RR', priority: 99 },
    { policy: 2, priority: 99 },
  ],
  [
    { policy: 'SCHED_DEADLINE', runtime: 1e6, deadline: 2e6, period: 3e6 },
    { policy: 6, runtime: 1_000_000n, deadline: 2_000_000n, period: 3_000_000n },
  ],
  [
    { policy: 'SCHED_DEADLINE', runtime: 9e15, deadline: 9e15 },
    { policy: 6, runtime: 9_000_000_000_000_000n, deadline: 9_000_000_000_000_000n },
  ],
  [{ policy: 'SCHED_OTHER', flags: ['SCHED_FLAG_RESET_ON_FORK'] }, { flags: 1n }],
  [{ policy: 'SCHED_OTHER', flags: ['SCHED_FLAG_RECLAIM', 'SCHED_FLAG_DL_OVERRUN'] }, { flags: 6n }],
  [{ policy: 'SCHED_OTHER', flags: ['SCHED_FLAG_KEEP_POLICY', 'SCHED_FLAG_KEEP_PARAMS'] }, { flags: 0x18n }],
  [
    { policy: 'SCHED_OTHER', flags: ['SCHED_FLAG_UTIL_CLAMP_MIN', 'SCHED_FLAG_UTIL_CLAMP_MAX'] },
    { flags: 0x60n },
  ],
];
for (const [scheduler, expected] of schedulers) {
  test(`schedulerAttributes() writes ${JSON.stringify(scheduler)}`, () => {
    assert.deepEqual(decodeAttributes(schedulerAttributes(scheduler)), { ...zero, ...expected });
  });
}

const schedulerRefusals: [scheduler: SpecScheduler, message: string][] = [
  [{ policy: 'SCHED_ISO' }, '.policy: expected a policy that Linux has, got SCHED_ISO, a reserved name'],
  [{ policy: 'SCHED_OTHER', nice: 20 }, '.nice: expected a whole number from -20 to 19, got 20'],
  [{ policy: 'SCHED_FIFO' }, '.priority: expected a whole number from 1 to 99, got 0'],
  [{ policy: 'SCHED_RR', priority: 100 }, '.priority: expected a whole number from 1 to 99, got 100'],
  [{ policy: 'SCHED_IDLE', priority: 5 }, '.priority: expected none for SCHED_IDLE, got 5'],
  [{ policy: 'SCHED_OTHER', runtime: 5 }, '.runtime: expected none for SCHED_OTHER, got 5'],
  [{ policy: 'SCHED_FIFO', priority: 1, period: 5 }, '.period: expected none for SCHED_FIFO, got 5'],
  [{ policy: 'SCHED_DEADLINE' }, ': expected 0 < runtime <= deadline <= period, got 0, 0 and 0'],
  [
    { policy: 'SCHED_DEADLINE', runtime: 3, deadline: 2, period: 4 },
    ': expected 0 < runtime <= deadline <= period, got 3, 2 and 4',
  ],
  [
    { policy: 'SCHED_DEADLINE', runtime: 2, deadline: 4, period: 3 },
    ': expected 0 < runtime <= deadline <= period, got 2, 4 and 3',
  ],
  [
    { policy: 'SCHED_OTHER', flags: ['SCHED_FLAG_X'] },
    '.flags[0]: expected a SCHED_FLAG, got "SCHED_FLAG_X"',
  ],
  [{ policy: 'SCHED_OTHER', flags: ['toString'] }, '.flags[0]: expected a SCHED_FLAG, got "toString"'],
];
for (const [scheduler, message] of schedulerRefusals) {
  test(`schedulerAttributes() refuses process.scheduler${message}`, () => {
    assert.throws(() => schedulerAttributes(scheduler), {
      code: 'config',
      message: `Cannot run the configuration: process.scheduler${message}`,
    });
  });
}

test('ioPriorityNumber() puts the class above the level', () => {
  assert.equal(ioPriorityNumber({ class: 'IOPRIO_CLASS_RT', priority: 0 }), 0x2000);
  assert.equal(ioPriorityNumber({ class: 'IOPRIO_CLASS_BE', priority: 7 }), 0x4007);
  assert.equal(ioPriorityNumber({ class: 'IOPRIO_CLASS_IDLE', priority: 3 }), 0x6003);
});

test('ioPriorityNumber() refuses a level that does not exist', () => {
  assert.throws(() => ioPriorityNumber({ class: 'IOPRIO_CLASS_BE', priority: 8 }), {
    message:
      'Cannot run the configuration: process.ioPriority.priority: expected a whole number from 0 to 7, got 8',
  });
});

test('personalityNumber() knows both domains', () => {
  assert.equal(personalityNumber({ domain: 'LINUX' }), 0);
  assert.equal(personalityNumber({ domain: 'LINUX32', flags: [] }), 8);
});

test('personalityNumber() refuses flags, which the specification does not define', () => {
  assert.throws(() => personalityNumber({ domain: 'LINUX', flags: ['ADDR_NO_RANDOMIZE'] }), {
    message:
      'Cannot run the configuration: linux.personality.flags: expected no flags, as none are defined, got ["ADDR_NO_RANDOMIZE"]',
  });
});
