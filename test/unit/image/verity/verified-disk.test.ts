import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { appendHashTree } from '../../../../image/verity/verified-disk.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';
import { knownData, veritysetupTrees } from './veritysetup-data.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const veritysetup = ['/usr/sbin/veritysetup', '/sbin/veritysetup'].find((path) => existsSync(path));

describe('appendHashTree()', () => {
  for (const { blocks, rootHash, hashArea } of veritysetupTrees) {
    it(`writes behind ${blocks} blocks what veritysetup(8) writes`, async (context) => {
      const path = join(scratchDirectory(context), 'disk');
      const data = knownData(blocks);
      writeFileSync(path, data);
      const verity = await appendHashTree(path);
      assert.deepEqual(verity, {
        rootHash,
        salt: sha256(data),
        algorithm: 'sha256',
        dataBlocks: blocks,
        hashOffsetBytes: blocks * 4096,
        blockSizeBytes: 4096,
      });
      const disk = readFileSync(path);
      assert.ok(disk.subarray(0, data.length).equals(data));
      assert.equal(sha256(disk.subarray(data.length)), hashArea);
      // Where the tool is, it has the last word.
      const words = ['verify', path, path, rootHash, `--hash-offset=${verity.hashOffsetBytes}`];
      if (veritysetup !== undefined) execFileSync(veritysetup, words, { stdio: 'pipe' });
    });
  }

  it('fills up the last block with zeros and tells how far it has come', async (context) => {
    const path = join(scratchDirectory(context), 'disk');
    writeFileSync(path, Buffer.alloc(5000, 'x'));
    let readBytes = 0;
    const verity = await appendHashTree(path, { onBytes: (lengthBytes) => (readBytes += lengthBytes) });
    assert.equal(verity.dataBlocks, 2);
    assert.equal(verity.hashOffsetBytes, 8192);
    assert.equal(readBytes, 2 * 8192);
    assert.ok(readFileSync(path).subarray(5000, 8192).equals(Buffer.alloc(3192)));
  });

  it('gives other data another salt and another UUID', async (context) => {
    const directory = scratchDirectory(context);
    const heads = new Set<string>();
    for (const text of ['one', 'two', 'one']) {
      const path = join(directory, text);
      writeFileSync(path, text);
      await appendHashTree(path);
      heads.add(readFileSync(path).subarray(4096).toString('hex'));
    }
    assert.equal(heads.size, 2);
  });

  it('refuses an empty file and one that is not there', async (context) => {
    const directory = scratchDirectory(context);
    writeFileSync(join(directory, 'empty'), '');
    for (const name of ['empty', 'missing']) {
      const path = join(directory, name);
      await assert.rejects(appendHashTree(path), {
        code: 'host',
        message: `Cannot append a hash tree to "${path}"`,
      });
    }
  });

  it('ends with the reason of its signal', async (context) => {
    const path = join(scratchDirectory(context), 'disk');
    writeFileSync(path, Buffer.alloc(4096));
    const abort = new AbortController();
    const reason = new Error('enough');
    await assert.rejects(
      appendHashTree(path, { signal: abort.signal, onBytes: () => abort.abort(reason) }),
      reason,
    );
  });
});
