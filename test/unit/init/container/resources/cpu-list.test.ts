import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cpuMask, parseCpuList } from '../../../../../init/container/resources/cpu-list.ts';

const masks: [list: string, hex: string][] = [
  ['0', '0100000000000000'],
  ['0-3,7', '8f00000000000000'],
  ['7,0-3,1', '8f00000000000000'],
  [' 1 , 2-3 ', '0e00000000000000'],
  ['63', '0000000000000080'],
  ['64', '00000000000000000100000000000000'],
];
for (const [list, hex] of masks) {
  test(`cpuMask() sets the bits of "${list}"`, () => {
    assert.equal(Buffer.from(cpuMask(list, 'x')).toString('hex'), hex);
  });
}

test('cpuMask() is at most as long as a plan takes', () => {
  assert.equal(cpuMask('8191', 'x').length, 1024);
});

test('parseCpuList() gives ranges with both ends', () => {
  assert.deepEqual(parseCpuList('0-3,7', 'x'), [
    { first: 0, last: 3 },
    { first: 7, last: 7 },
  ]);
});

for (const list of ['', ',', '0,', '3-1', '-1', 'a', '0-', '0--1', '8192', '0:1', '1 2', '99999999999']) {
  test(`parseCpuList() refuses ${JSON.stringify(list)}`, () => {
    assert.throws(() => parseCpuList(list, 'linux.resources.cpu.cpus'), {
      code: 'config',
      message: `Cannot run the configuration: linux.resources.cpu.cpus: expected numbers below 8192 and ranges such as "0-3,7", got ${JSON.stringify(list)}`,
    });
  });
}

test('cpuMask() has a bit for each CPU of any list and no other', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(300), { minLength: 1, maxLength: 20 }), (cpus) => {
      const mask = cpuMask(cpus.join(','), 'x');
      const found = Array.from({ length: mask.length * 8 }, (_, cpu) => cpu).filter(
        (cpu) => ((mask[cpu >> 3] ?? 0) >> (cpu & 7)) & 1,
      );
      assert.deepEqual(
        found,
        cpus.toSorted((a, b) => a - b),
      );
    }),
    { seed: 1, numRuns: 200 },
  );
});
