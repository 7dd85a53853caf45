import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { testImagesDir } from '../test-images.ts';

const sourceDir = join(import.meta.dirname, 'probe');
/** Without libc's shared object, so that any root will do; `_GNU_SOURCE` for most of what it asks. */
const compilerWords = ['-std=gnu17', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Os', '-static', '-s'];

/** The probe's path. Blocks for some seconds when its sources have changed since it was last built. */
export function probeProgram(): string {
  const sources = globSync('*.{c,h}', { cwd: sourceDir }).toSorted();
  const hash = createHash('sha256').update(compilerWords.join(' '));
  for (const name of sources) hash.update(name).update(readFileSync(join(sourceDir, name)));
  const path = join(testImagesDir, `probe-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(path)) return path;
  mkdirSync(testImagesDir, { recursive: true });
  const temporary = `${path}.${process.pid}`;
  const programs = sources.filter((name) => name.endsWith('.c'));
  execFileSync('gcc', [...compilerWords, '-o', temporary, ...programs], {
    cwd: sourceDir,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  renameSync(temporary, path);
  return path;
}
