import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Script } from 'node:vm';

const program = join(import.meta.dirname, 'code-cache.ts');

/** What decides the cache beside the bundle and Node. */
export const codeCacheSources: readonly string[] = [
  program,
  join(import.meta.dirname, 'write-code-cache.ts'),
];

/** With threads and chance V8 does not compile the same each time. */
const reproducible = ['--single-threaded', '--random-seed=1'];

/** Where a cache has the hash of V8's options (SerializedCodeData in V8's code-serializer.h): four bytes. */
const optionsHashOffset = 12;
const optionsHashBytes = 4;

/**
 * Writes the code that V8 compiles for what runs of the bundle in every boot: the same bytes for the same bundle and
 * Node. The options that this takes are none of the code, yet a cache that was made under options is refused without
 * them: it gets the hash that it would have without. The environment is empty, for there can be options in it, too.
 */
export async function writeCodeCache(bundlePath: string, outPath: string): Promise<void> {
  const temporaryPath = `${outPath}.${randomUUID()}.tmp`;
  try {
    await promisify(execFile)(process.execPath, [...reproducible, program, bundlePath, temporaryPath], {
      env: {},
    });
    const cache = await readFile(temporaryPath);
    const plain = new Script('0').createCachedData();
    plain.copy(cache, optionsHashOffset, optionsHashOffset, optionsHashOffset + optionsHashBytes);
    await writeFile(temporaryPath, cache);
    await rename(temporaryPath, outPath);
  } finally {
    await rm(temporaryPath, { force: true });
  }
}
