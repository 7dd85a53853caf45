import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePressure, readPressures } from '../../../../init/metrics/pressure.ts';
import { makeKernelTree } from '../machine/kernel-tree.ts';

const some = 'some avg10=7.33 avg60=12.26 avg300=7.66 total=1713370647\n';
const full = 'full avg10=0.00 avg60=1.50 avg300=0.00 total=12\n';

test('parsePressure() reads both lines', () => {
  assert.deepEqual(parsePressure(some + full), {
    some: { avg10: 7.33, avg60: 12.26, avg300: 7.66, totalUs: 1_713_370_647 },
    full: { avg10: 0, avg60: 1.5, avg300: 0, totalUs: 12 },
  });
});

test("parsePressure() reads the machine's cpu, which older kernels give no full line", () => {
  assert.deepEqual(Object.keys(parsePressure(some) ?? {}), ['some']);
});

test('parsePressure() is undefined for an empty file', () => assert.equal(parsePressure(''), undefined));

test('readPressures() leaves out what the kernel does not tell', (context) => {
  const root = makeKernelTree(context, { 'memory.pressure': some + full });
  assert.deepEqual(Object.keys(readPressures((resource) => `${root}/${resource}.pressure`)), ['memory']);
});
