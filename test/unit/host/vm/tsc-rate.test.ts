import assert from 'node:assert/strict';
import { it } from 'node:test';
import { tscKHzFromCpuInfo } from '../../../../host/vm/tsc-rate.ts';

it('tscKHzFromCpuInfo() prefers the nominal rate, which a clock that changes does not touch', () => {
  const text = 'model name\t: Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz\ncpu MHz\t\t: 1197.301\n';
  assert.equal(tscKHzFromCpuInfo(text), 2_400_000);
});

it('tscKHzFromCpuInfo() takes the current rate of the first CPU otherwise', () => {
  const text = 'model name\t: AMD EPYC\ncpu MHz\t\t: 2596.126\nprocessor : 1\ncpu MHz\t\t: 800.000\n';
  assert.equal(tscKHzFromCpuInfo(text), 2_596_126);
});

it('tscKHzFromCpuInfo() knows nothing of a CPU that tells neither', () => {
  assert.equal(tscKHzFromCpuInfo('processor\t: 0\nBogoMIPS\t: 50.00\n'), undefined);
});
