import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeSuperblock, encodeSuperblock } from '../../../../image/verity/superblock.ts';

const uuid = Buffer.from('00112233445586778899aabbccddeeff', 'hex');
const salt = Buffer.from('a0a1a2', 'hex');

describe('encodeSuperblock()', () => {
  it('puts every field where veritysetup(8) looks for it', () => {
    const bytes = encodeSuperblock({ uuid, dataBlocks: 0x1_0000_0002, salt });
    const expected = [
      '7665726974790000', // signature "verity"
      '0100000001000000', // version, hash type
      '00112233445586778899aabbccddeeff',
      Buffer.from('sha256'.padEnd(32, '\0')).toString('hex'),
      '0010000000100000', // sizes of data and hash blocks
      '0200000001000000', // blocks of data
      '0300000000000000', // length of the salt, padding
      'a0a1a2'.padEnd(512, '0'),
      ''.padEnd(2 * 168, '0'),
    ].join('');
    assert.equal(bytes.toString('hex'), expected);
  });
});

describe('decodeSuperblock()', () => {
  const good = encodeSuperblock({ uuid, dataBlocks: 7, salt });
  const changed = (offset: number, bytes: readonly number[]): Buffer => {
    const copy = Buffer.from(good);
    copy.set(bytes, offset);
    return copy;
  };

  it('reads what was written', () => {
    for (const block of [
      { uuid, dataBlocks: 7, salt },
      { uuid, dataBlocks: 2 ** 40, salt: Buffer.alloc(256, 1) },
    ])
      assert.deepEqual(decodeSuperblock(encodeSuperblock(block), 'x'), block);
  });

  for (const [what, bytes, reason] of [
    ['nothing', Buffer.alloc(0), 'there is no superblock of veritysetup(8)'],
    ['half of one', good.subarray(0, 511), 'there is no superblock of veritysetup(8)'],
    ['another signature', changed(0, [0]), 'there is no superblock of veritysetup(8)'],
    ['another version', changed(8, [2]), 'expected version 1 and hash type 1 in place of 2 and 1'],
    ['the old hash type', changed(12, [0]), 'expected version 1 and hash type 1 in place of 1 and 0'],
    ['another algorithm', changed(32, [0x53]), 'expected the algorithm "sha256" in place of "Sha256"'],
    ['small blocks', changed(64, [0, 2]), 'expected blocks of 4096 bytes in place of 512 and 4096'],
    ['small hash blocks', changed(68, [0, 4]), 'expected blocks of 4096 bytes in place of 4096 and 1024'],
    ['no data', changed(72, [0]), 'it is for 0 blocks'],
    ['too much data', changed(79, [1]), 'it is for 72057594037927943 blocks'],
    ['a salt that does not fit', changed(80, [1, 1]), 'its salt has 257 bytes'],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => decodeSuperblock(bytes, '"disk"'), {
        code: 'host',
        message: `Cannot use the hash tree in "disk": ${reason}`,
      });
    });
  }
});
