import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Plan } from '../../addon/plan.ts';
import { native } from './support/native.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();

/**
 * Operations that do nothing whatever a changed byte makes of them: each path has two missing directories, so
 * no single change leads to a place where something could be made.
 */
const below = '/nowhere/nothing/x';
const tolerance = { accept: ['ENOENT'], orWarn: true } as const;
const harmless = new Plan()
  .makeDirectory(below, 0o755, tolerance)
  .writeFile(below, 'content', {}, tolerance)
  .openPath(3, below, 0, 0, tolerance)
  .remove(below, tolerance);

describe('runPlan() on a damaged plan', () => {
  it('runs the undamaged one', () => {
    assert.deepEqual(native.runPlan(harmless.bytes()), { state: 'done', warnings: [] });
  });

  it('refuses every truncation', () => {
    const bytes = harmless.bytes();
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => native.runPlan(bytes.subarray(0, length)), RangeError, `${length} bytes`);
    }
  });

  it('refuses bytes after the end', () => {
    const bytes = Buffer.concat([harmless.bytes(), Buffer.alloc(8)]);
    assert.throws(() => native.runPlan(bytes), /is not as long as it says/);
    bytes.writeUInt32LE(bytes.length, 12);
    assert.throws(() => native.runPlan(bytes), /goes on after its last operation/);
  });

  it('refuses a plan longer than the limit', () => {
    assert.throws(() => native.runPlan(new Uint8Array(16 * 1024 * 1024 + 8)), /too long/);
  });

  it('takes a plan at an odd address', () => {
    const bytes = harmless.bytes();
    const shifted = Buffer.concat([Buffer.alloc(3), bytes]).subarray(3);
    assert.equal(native.runPlan(shifted).state, 'done');
  });

  it('takes any flipped bit of the header for an error', () => {
    for (let bit = 0; bit < 16 * 8; bit++) {
      assert.throws(() => native.runPlan(withFlippedBit(harmless.bytes(), bit)), RangeError, `bit ${bit}`);
    }
  });

  it('refuses or cleanly runs a record with any byte changed', () => {
    const original = harmless.bytes();
    const outcomes = { refused: 0, ran: 0 };
    for (let offset = 16; offset < original.length; offset++) {
      for (const change of [0x01, 0x80, 0xff]) {
        const bytes = Uint8Array.from(original);
        bytes[offset] = (bytes[offset] as number) ^ change;
        if (becomesAnotherOperation(original, bytes)) continue;
        try {
          const { state } = native.runPlan(bytes);
          assert.ok(state === 'done' || state === 'failed');
          outcomes.ran++;
        } catch (error) {
          assert.ok(error instanceof RangeError, `offset ${offset}: ${String(error)}`);
          outcomes.refused++;
        }
      }
    }
    assert.ok(outcomes.refused > 100 && outcomes.ran > 20, JSON.stringify(outcomes));
  });

  it('runs nothing when a later operation is damaged', () => {
    const marker = join(scratch, 'marker');
    const bytes = new Plan().makeDirectory(marker, 0o755).setUmask(0o22).bytes();
    bytes[bytes.length - 1] = 1; // the umask's number leaves 32 bits
    assert.throws(() => native.runPlan(bytes), {
      name: 'RangeError',
      message: 'Cannot call runPlan, operation 1 of the plan has a number out of range',
    });
    assert.throws(() => native.spawn(bytes, { namespaces: 0, cgroupFd: -1 }), RangeError);
    assert.equal(existsSync(marker), false);
  });
});

describe('the validator', () => {
  const refusals: [string, Plan, (bytes: Buffer) => void, RegExp][] = [
    ['an unknown opcode', new Plan().sync(), (b) => b.writeUInt16LE(99, 16), /unknown opcode/],
    ['an unknown flag', new Plan().sync(), (b) => b.writeUInt16LE(2, 18), /unknown flags/],
    ['an impossible errno', new Plan().sync(), (b) => b.writeUInt16LE(4096, 24), /impossible errno/],
    ['a record length of 0', new Plan().sync(), (b) => b.writeUInt32LE(0, 20), /impossible length/],
    ['a huge record length', new Plan().sync(), (b) => b.writeUInt32LE(0xffff_fff8, 20), /impossible length/],
    ['an odd record length', new Plan().sync(), (b) => b.writeUInt32LE(17, 20), /impossible length/],
    ['a record without its argument', new Plan().remove('x'), (b) => b.writeUInt32LE(16, 20), /truncated/],
    ['a string beyond its record', new Plan().remove('x'), (b) => b.writeUInt32LE(8, 32), /truncated/],
    ['a string of 2^64 - 1 bytes', new Plan().remove('x'), (b) => b.fill(0xff, 32, 40), /out of range/],
    ['a NUL in a string', new Plan().remove('xyz'), (b) => b.writeUInt8(0, 41), /NUL inside/],
    ['a string without NUL', new Plan().remove('1234567'), (b) => b.writeUInt8(1, 47), /not zero/],
    ['slot 128', new Plan().changeDirectoryToSlot(0), (b) => b.writeUInt8(128, 32), /out of range/],
    ['descriptor 2^31', new Plan().setControllingTerminal(0), (b) => b.writeUInt8(0x80, 35), /out of range/],
    ['a group too many', new Plan().setGroups([1, 2]), (b) => b.writeUInt8(3, 32), /truncated/],
    ['2^63 groups', new Plan().setGroups([1, 2]), (b) => b.writeUInt8(0x80, 39), /out of range/],
    ['an empty argv', new Plan().execute(['/'], ['a'], []), (b) => b.writeUInt8(0, 56), /empty list/],
  ];
  for (const [what, plan, damage, message] of refusals) {
    it(`refuses ${what}`, () => {
      const bytes = Buffer.from(plan.bytes());
      damage(bytes);
      assert.throws(() => native.runPlan(bytes), { name: 'RangeError', message });
    });
  }
});

function withFlippedBit(bytes: Uint8Array, bit: number): Uint8Array {
  const offset = Math.floor(bit / 8);
  bytes[offset] = (bytes[offset] as number) ^ (1 << (bit % 8));
  return bytes;
}

/** A changed opcode could be one that does harm here; the fuzzer's validator sees those. */
function becomesAnotherOperation(original: Uint8Array, changed: Uint8Array): boolean {
  const view = new DataView(original.buffer);
  for (let offset = 16; offset < original.length; offset += view.getUint32(offset + 4, true)) {
    if (original[offset] !== changed[offset] || original[offset + 1] !== changed[offset + 1]) return true;
  }
  return false;
}
