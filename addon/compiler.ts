import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a compiler so that the same words give the same bytes. `what` is being built, for the error, which holds
 * the compiler's own words.
 */
export async function runCompiler(
  what: string,
  compiler: string,
  words: readonly string[],
): Promise<{ stdout: string }> {
  try {
    // One language for messages, and no date macro may differ between two builds.
    return await run(compiler, words, {
      env: { ...process.env, LC_ALL: 'C', SOURCE_DATE_EPOCH: '0' },
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new Error(`Cannot find the compiler "${compiler}"`, { cause: error });
    throw new Error(`Cannot build ${what} with "${compiler}"\n${stderr ?? ''}`, { cause: error });
  }
}
