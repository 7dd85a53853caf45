import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const program = join(import.meta.dirname, 'code-cache.ts');

/** What decides the cache beside the bundle and Node. */
export const codeCacheSources: readonly string[] = [
  program,
  join(import.meta.dirname, 'write-code-cache.ts'),
];

/**
 * Writes the code that V8 compiles for what runs of the bundle in every boot. The same bytes for the same bundle and
 * Node: by itself V8 orders some things at random. `--hash-seed` would do as well, but a cache made under it is refused
 * without it. The environment is empty: options in it would spoil the cache, too.
 */
export async function writeCodeCache(bundlePath: string, outPath: string): Promise<void> {
  await promisify(execFile)(process.execPath, ['--random-seed=1', program, bundlePath, outPath], { env: {} });
}
