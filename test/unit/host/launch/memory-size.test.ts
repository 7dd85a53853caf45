import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { minimumMemoryMiB, parseMemoryMiB } from '../../../../host/launch/memory-size.ts';

describe('parseMemoryMiB()', () => {
  for (const [text, expected] of [
    ['512m', 512],
    ['512M', 512],
    ['512MB', 512],
    ['512MiB', 512],
    ['512 m', 512],
    ['1g', 1024],
    ['1.5g', 1536],
    ['524288k', 512],
    ['536870912', 512],
    ['536870913b', 513],
    ['2t', 2 * 1024 * 1024],
    ['320m', 320],
  ] as const) {
    it(`reads ${text}`, () => assert.equal(parseMemoryMiB(text, { runtimePlace: 'initramfs' }), expected));
  }

  for (const text of ['', 'm', '-1g', '1x', '1gg', '0x10m', '1e3m', 'NaN', '512 mib ', '1,5g']) {
    it(`refuses "${text}" as no size`, () => {
      assert.throws(() => parseMemoryMiB(text, { runtimePlace: 'initramfs' }), {
        code: 'usage',
        message: `Cannot read the memory size "${text}": expected e.g. 512m or 1g`,
      });
    });
  }

  for (const text of ['0', '319m', '512', '17t']) {
    it(`refuses ${text} as too little or too much`, () => {
      assert.throws(() => parseMemoryMiB(text, { runtimePlace: 'initramfs' }), {
        message: `Cannot give a machine "${text}" of memory: expected 320m to 16t`,
      });
    });
  }

  it('allows less where the runtime is on a disk', () => {
    for (const kernelPath of [undefined, '/vmlinux']) {
      const needs = { runtimePlace: 'disk', kernelPath } as const;
      const leastMiB = kernelPath === undefined ? 112 : 80;
      assert.equal(minimumMemoryMiB(needs), leastMiB);
      assert.equal(parseMemoryMiB(`${leastMiB}m`, needs), leastMiB);
      assert.throws(() => parseMemoryMiB(`${leastMiB - 1}m`, needs), {
        message: `Cannot give a machine "${leastMiB - 1}m" of memory: expected ${leastMiB}m to 16t`,
      });
    }
  });
});
