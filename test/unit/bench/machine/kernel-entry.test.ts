import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findKernelEntry } from '../../../../bench/machine/kernel-entry.ts';

function bzImage(code32Start: number): Buffer {
  const image = Buffer.alloc(0x400);
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt32LE(code32Start, 0x214);
  return image;
}

/** A vmlinux with one segment of notes: one of another's, then those given as type and value. */
function vmlinux(notes: readonly [type: number, value: number][]): Buffer {
  const records = [[1, 7] as const, ...notes].map(([type, value], index) => {
    const name = index === 0 ? 'GNU\0' : 'Xen\0';
    const record = Buffer.alloc(20);
    for (const [at, number] of [name.length, 4, type].entries()) record.writeUInt32LE(number, at * 4);
    record.write(name, 12, 'latin1');
    record.writeUInt32LE(value, 16);
    return record;
  });
  const body = Buffer.concat(records);
  const image = Buffer.alloc(0x400);
  image.writeUInt32BE(0x7f454c46, 0);
  image.writeBigUInt64LE(64n, 32);
  image.writeUInt16LE(56, 54);
  image.writeUInt16LE(1, 56);
  image.writeUInt32LE(4, 64);
  image.writeBigUInt64LE(256n, 64 + 8);
  image.writeBigUInt64LE(BigInt(body.length), 64 + 32);
  body.copy(image, 256);
  return image;
}

test('the entry of a bzImage is where its loader jumps to in protected mode', () => {
  assert.equal(findKernelEntry(bzImage(0x100000)), 0x100000n);
});

test('the entry of a vmlinux is that of its note for PVH', () => {
  assert.equal(
    findKernelEntry(
      vmlinux([
        [6, 1],
        [18, 0x1000550],
      ]),
    ),
    0x1000550n,
  );
});

test('a vmlinux without that note, and what is no kernel, have no entry', () => {
  assert.equal(findKernelEntry(vmlinux([[6, 1]])), undefined);
  assert.equal(findKernelEntry(Buffer.alloc(0x400)), undefined);
});
