import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from '../../../../image/erofs/crc32c.ts';
import { encodeSuperblock } from '../../../../image/erofs/superblock.ts';

const uuid = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const superblock = { rootNid: 128, inodeCount: 7, blockCount: 0x1234, uuid, volumeName: 'root' };

test('encodeSuperblock() puts every field where the kernel reads it', () => {
  const block = encodeSuperblock(superblock);
  const expected = [
    'e2e1f5e0', // 0 magic
    '684a4471', // 4 checksum
    '03000000', // 8 feature_compat: SB_CHKSUM, MTIME
    '0c', // 12 blkszbits: 4096 bytes
    '00', // 13 sb_extslots
    '8000', // 14 root_nid
    '0700000000000000', // 16 inos
    '0000000000000000', // 24 build_time
    '00000000', // 32 build_time_nsec
    '34120000', // 36 blocks
    '00000000', // 40 meta_blkaddr
    '00000000', // 44 xattr_blkaddr
    '000102030405060708090a0b0c0d0e0f', // 48 uuid
    '726f6f74000000000000000000000000', // 64 volume_name
    '00000000', // 80 feature_incompat
    '00'.repeat(44), // 84 algorithms, devices, prefixes, reserved
  ];
  assert.equal(block.length, 4096);
  assert.equal(block.subarray(1024, 1024 + 128).toString('hex'), expected.join(''));
});

test('encodeSuperblock() leaves the rest of the block zero', () => {
  const block = encodeSuperblock(superblock);
  block.fill(0, 1024, 1024 + 128);
  assert.deepEqual(block, Buffer.alloc(4096));
});

test('encodeSuperblock() takes the checksum from the superblock to the end of its block', () => {
  const block = encodeSuperblock(superblock);
  const stored = block.readUInt32LE(1024 + 4);
  block.writeUInt32LE(0, 1024 + 4);
  assert.equal(crc32c(block.subarray(1024)), stored);
});

test('encodeSuperblock() keeps a NUL behind the longest volume name', () => {
  const block = encodeSuperblock({ ...superblock, volumeName: 'fifteen-letters' });
  assert.equal(block.toString('latin1', 1024 + 64, 1024 + 80), 'fifteen-letters\0');
});
