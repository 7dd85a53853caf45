import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileSystemSize, inspectVolumeVerity } from '../../../../host/launch/verified-volume.ts';
import { appendHashTree } from '../../../../image/verity/verified-disk.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const rootHash = 'ab'.repeat(32);

function makeExt4(path: string, blockBytes: number): string {
  writeFileSync(path, '');
  truncateSync(path, 4 * 1024 * 1024);
  execFileSync('mkfs.ext4', ['-q', '-O', '^has_journal', '-b', String(blockBytes), path]);
  return path;
}

describe('fileSystemSize()', () => {
  it('reads the superblocks of the tools', (context) => {
    const directory = scratchDirectory(context);
    const ext4 = makeExt4(join(directory, 'ext4'), 4096);
    assert.deepEqual(fileSystemSize(readFileSync(ext4), 'ext4'), {
      blockBytes: 4096,
      lengthBytes: 4 * 1024 * 1024,
    });
    const squashfs = join(directory, 'squashfs');
    execFileSync('mksquashfs', [ext4, squashfs, '-quiet', '-no-progress', '-all-root'], { stdio: 'ignore' });
    const { blockBytes, lengthBytes } = fileSystemSize(readFileSync(squashfs), 'squashfs');
    assert.equal(blockBytes, undefined);
    assert.equal(Math.ceil(lengthBytes / 4096) * 4096, readFileSync(squashfs).length);
  });

  it('counts the blocks of an EROFS', () => {
    const head = Buffer.alloc(4096);
    head.writeUInt8(12, 1024 + 12);
    head.writeUInt32LE(300, 1024 + 36);
    assert.deepEqual(fileSystemSize(head, 'erofs'), { blockBytes: 4096, lengthBytes: 300 * 4096 });
  });

  it('takes the upper half of an ext4 only where there is one', () => {
    const head = Buffer.alloc(4096);
    head.writeUInt32LE(2, 1024 + 0x18);
    head.writeUInt32LE(5, 1024 + 4);
    head.writeUInt32LE(1, 1024 + 0x150);
    assert.equal(fileSystemSize(head, 'ext4').lengthBytes, 5 * 4096);
    head.writeUInt32LE(0x80, 1024 + 0x60);
    assert.equal(fileSystemSize(head, 'ext4').lengthBytes, (2 ** 32 + 5) * 4096);
  });
});

describe('inspectVolumeVerity()', () => {
  it('finds the tree behind the file system, or where it is said to be', async (context) => {
    const path = makeExt4(join(scratchDirectory(context), 'disk'), 4096);
    const verity = await appendHashTree(path);
    const disk = { path, format: 'ext4' } as const;
    assert.deepEqual(await inspectVolumeVerity(disk, { rootHash: verity.rootHash }), verity);
    const { hashOffsetBytes } = verity;
    assert.deepEqual(await inspectVolumeVerity(disk, { rootHash, hashOffsetBytes }), { ...verity, rootHash });
    await assert.rejects(inspectVolumeVerity(disk, { rootHash, hashOffsetBytes: 4096 }), {
      code: 'host',
      message: `Cannot use the hash tree in "${path}" at byte 4096: there is no superblock of veritysetup(8)`,
    });
  });

  it('refuses a file system whose blocks are smaller than the sectors of the verified device', async (context) => {
    const path = makeExt4(join(scratchDirectory(context), 'disk'), 1024);
    await assert.rejects(inspectVolumeVerity({ path, format: 'ext4' }, { rootHash }), {
      code: 'host',
      message: `Cannot verify "${path}": its ext4 has blocks of 1024 bytes, expected 4096`,
    });
  });

  it('names a disk that can not be read', async () => {
    await assert.rejects(inspectVolumeVerity({ path: '/nowhere', format: 'ext4' }, { rootHash }), {
      code: 'host',
      message: 'Cannot read the disk "/nowhere"',
    });
  });
});
