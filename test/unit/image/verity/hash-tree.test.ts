import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { hashLevels, hashTreeBlocks, HashTreeWriter } from '../../../../image/verity/hash-tree.ts';

describe('hashLevels()', () => {
  for (const [dataBlocks, expected] of [
    [1, []],
    [2, [{ blocks: 1, firstBlock: 0 }]],
    [128, [{ blocks: 1, firstBlock: 0 }]],
    [
      129,
      [
        { blocks: 2, firstBlock: 1 },
        { blocks: 1, firstBlock: 0 },
      ],
    ],
    [
      16_385,
      [
        { blocks: 129, firstBlock: 3 },
        { blocks: 2, firstBlock: 1 },
        { blocks: 1, firstBlock: 0 },
      ],
    ],
  ] as const) {
    it(`puts the topmost level of ${dataBlocks} blocks first`, () => {
      assert.deepEqual(hashLevels(dataBlocks), expected);
      assert.equal(
        hashTreeBlocks(dataBlocks),
        expected.reduce((sum, { blocks }) => sum + blocks, 0),
      );
    });
  }
});

function blocksOf(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length / 4096 }, (_, index) =>
    bytes.subarray(index * 4096, (index + 1) * 4096),
  );
}

/** The tree as its definition has it, all at once. */
function treeByDefinition(data: Buffer, salt: Buffer): { tree: Buffer; rootHash: string } {
  const digest = (block: Buffer): Buffer => createHash('sha256').update(salt).update(block).digest();
  const levels: Buffer[] = [];
  let blocks = blocksOf(data);
  while (blocks.length > 1) {
    const digests = Buffer.concat(blocks.map(digest));
    const level = Buffer.concat([digests, Buffer.alloc((4096 - (digests.length % 4096)) % 4096)]);
    levels.unshift(level);
    blocks = blocksOf(level);
  }
  return { tree: Buffer.concat(levels), rootHash: digest(blocks[0] ?? data).toString('hex') };
}

async function growTree(chunks: readonly Buffer[], dataBlocks: number, salt: Buffer) {
  const tree = Buffer.alloc(hashTreeBlocks(dataBlocks) * 4096);
  const writer = new HashTreeWriter({
    salt,
    dataBlocks,
    write: (offsetBytes, bytes) => {
      tree.set(bytes, offsetBytes);
      return Promise.resolve();
    },
  });
  for (const chunk of chunks) await writer.add(chunk);
  return { tree, rootHash: (await writer.finish()).toString('hex') };
}

/** For two blocks, and it keeps nothing. */
function openSmallTree(): HashTreeWriter {
  return new HashTreeWriter({ salt: Buffer.alloc(0), dataBlocks: 2, write: () => Promise.resolve() });
}

describe('HashTreeWriter', () => {
  it('writes what the definition says, however the data comes', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 6 });
    const salts = fc.uint8Array({ maxLength: 256 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(sizes, salts, fc.integer(), async (chunkBlocks, salt, seed) => {
        const chunks = chunkBlocks.map((blocks, index) => Buffer.alloc(blocks * 4096, `${seed} ${index} `));
        const data = Buffer.concat(chunks);
        assert.deepEqual(await growTree(chunks, data.length / 4096, salt), treeByDefinition(data, salt));
      }),
      { numRuns: 30 },
    );
  });

  it('gathers the blocks of one level into few writes', async () => {
    const dataBlocks = 128 * 200;
    let writes = 0;
    const write = (): Promise<void> => {
      writes += 1;
      return Promise.resolve();
    };
    const writer = new HashTreeWriter({ salt: Buffer.alloc(0), dataBlocks, write });
    const chunk = Buffer.alloc(128 * 4096);
    for (let added = 0; added < dataBlocks; added += 128) await writer.add(chunk);
    await writer.finish();
    assert.equal(writes, 4 + 2);
  });

  it('refuses other data than was announced', async () => {
    await assert.rejects(openSmallTree().add(Buffer.alloc(100)), {
      name: 'RangeError',
      message: 'Cannot hash 100 bytes: expected 2 blocks at most',
    });
    await assert.rejects(openSmallTree().add(Buffer.alloc(3 * 4096)), /expected 2 blocks at most/);
    const short = openSmallTree();
    await short.add(Buffer.alloc(4096));
    await assert.rejects(short.finish(), /1 blocks of data are missing/);
  });
});
