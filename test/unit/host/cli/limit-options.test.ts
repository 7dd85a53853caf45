import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limitSpecs } from '../../../../host/cli/container-specs.ts';
import { readLimits } from '../../../../host/cli/limit-options.ts';
import { readCommandWords } from '../../../../host/cli/option-parser.ts';

const read = (line: string): object =>
  readLimits(
    readCommandWords(
      line.split(' ').filter((word) => word !== ''),
      limitSpecs,
      { stopAtOperand: false },
    ).options,
  );
const mebibyte = 1024 * 1024;

describe('readLimits()', () => {
  for (const [line, limits] of [
    ['', {}],
    ['--pids-limit 9', { pids: 9 }],
    ['--memory-limit 64m', { memoryBytes: 64 * mebibyte }],
    ['--memory-limit 8.5m', { memoryBytes: 8.5 * mebibyte }],
    [
      '--memory-limit 64m --memory-reservation 32m --memory-swap 128m',
      {
        memoryBytes: 64 * mebibyte,
        memoryReservationBytes: 32 * mebibyte,
        memorySwapBytes: 128 * mebibyte,
      },
    ],
    ['--memory-limit 64m --memory-swap -1', { memoryBytes: 64 * mebibyte, memorySwapBytes: -1 }],
    ['--memory-reservation 32m', { memoryReservationBytes: 32 * mebibyte }],
    ['--cpu-limit 0.5', { cpus: 0.5 }],
    ['--cpu-limit 2', { cpus: 2 }],
    [
      '--cpu-shares 2 --cpuset-cpus 0-2,4 --cpuset-mems 0',
      { cpuShares: 2, cpusetCpus: '0-2,4', cpusetMems: '0' },
    ],
  ] as [string, object][]) {
    it(`reads "${line}"`, () => assert.deepEqual(read(line), limits));
  }

  for (const [line, message] of [
    ['--memory-limit 5m', 'Cannot take "5m" for --memory-limit: expected a size of at least 6m'],
    ['--memory-limit all', 'Cannot take "all" for --memory-limit: expected a size of at least 6m'],
    ['--memory-swap 64m', 'Cannot use --memory-swap without --memory-limit'],
    ['--memory-limit 64m --memory-swap 32m', 'Cannot use --memory-swap with less than --memory-limit'],
    [
      '--memory-limit 64m --memory-reservation 65m',
      'Cannot use --memory-reservation with more than --memory-limit',
    ],
    ['--cpu-limit 0', 'Cannot take "0" for --cpu-limit: expected a number of CPUs from 0.01 to 8192'],
    ['--cpu-limit 0.001', 'Cannot take "0.001" for --cpu-limit: expected a number of CPUs from 0.01 to 8192'],
    ['--cpu-limit half', 'Cannot take "half" for --cpu-limit: expected a number of CPUs from 0.01 to 8192'],
    ['--cpu-shares 1', 'Cannot take "1" for --cpu-shares: expected a whole number from 2 to 262144'],
    ['--cpuset-cpus 0-', 'Cannot take "0-" for --cpuset-cpus: expected a list such as 0-2,4'],
    ['--cpuset-mems all', 'Cannot take "all" for --cpuset-mems: expected a list such as 0-2,4'],
    ['--pids-limit -1', 'Cannot take "-1" for --pids-limit: expected a whole number from 1 to 4194304'],
  ] as const) {
    it(`refuses "${line}"`, () => assert.throws(() => read(line), { code: 'usage', message }));
  }
});
