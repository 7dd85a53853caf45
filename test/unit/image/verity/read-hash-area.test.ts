import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { encodeSuperblock } from '../../../../image/verity/superblock.ts';
import { readHashArea } from '../../../../image/verity/read-hash-area.ts';
import { appendHashTree } from '../../../../image/verity/verified-disk.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

async function makeDisk(context: TestContext) {
  const path = join(scratchDirectory(context), 'disk');
  writeFileSync(path, Buffer.alloc(130 * 4096, 'data'));
  return { path, verity: await appendHashTree(path) };
}

describe('readHashArea()', () => {
  it('reads what appendHashTree() wrote', async (context) => {
    const { path, verity } = await makeDisk(context);
    assert.deepEqual(await readHashArea(path, verity), verity);
  });

  it('refuses a place without a superblock, and one behind the end', async (context) => {
    const { path, verity } = await makeDisk(context);
    for (const hashOffsetBytes of [4096, 2 ** 30]) {
      await assert.rejects(readHashArea(path, { ...verity, hashOffsetBytes }), {
        code: 'host',
        message: `Cannot use the hash tree in "${path}" at byte ${hashOffsetBytes}: there is no superblock of veritysetup(8)`,
      });
    }
  });

  it('refuses a tree that was cut off', async (context) => {
    const { path, verity } = await makeDisk(context);
    const endBytes = (130 + 1 + 3) * 4096;
    truncateSync(path, endBytes - 1);
    await assert.rejects(readHashArea(path, verity), {
      message: new RegExp(`the file ends at byte ${endBytes - 1}, the tree at ${endBytes}$`),
    });
  });

  it('refuses a superblock in the middle of its data', async (context) => {
    const path = join(scratchDirectory(context), 'disk');
    const superblock = encodeSuperblock({ uuid: Buffer.alloc(16), dataBlocks: 3, salt: Buffer.alloc(0) });
    writeFileSync(path, Buffer.concat([Buffer.alloc(8192), superblock]));
    await assert.rejects(readHashArea(path, { rootHash: '', hashOffsetBytes: 8192 }), {
      message: /its 3 blocks of data do not end before it$/,
    });
  });

  it('names a disk that can not be read', async () => {
    await assert.rejects(readHashArea('/nowhere/disk', { rootHash: '', hashOffsetBytes: 4096 }), {
      code: 'host',
      message: 'Cannot read the disk "/nowhere/disk"',
    });
  });
});
