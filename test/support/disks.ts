import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { guestPlatform } from '../../image/platform.ts';
import { type PreparedImage, prepareImage } from '../../image/prepare-image.ts';
import { stateDirectory } from '../../host/state-directory.ts';
import { testEnvironment } from './run-firstborn.ts';

/** A directory for one test's files, gone when it is disposed. */
export function scratchDirectory(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'firstborn-disks-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Prepares an image's root disk in `outDir`, through the cache of the VM tests. */
export function prepareRootDisk(imagePath: string, outDir: string): Promise<PreparedImage> {
  const cacheDir = stateDirectory(testEnvironment).imageCacheDir;
  mkdirSync(cacheDir, { recursive: true });
  return prepareImage(imagePath, { outDir, platform: guestPlatform(), format: 'squashfs', cacheDir });
}

/** Writes files as they are, right or wrong, onto a squashfs disk: what other hosts might hand to init. */
export function writeSquashfs(outPath: string, files: Record<string, string>): void {
  using scratch = scratchDirectory();
  for (const [name, content] of Object.entries(files)) {
    const path = join(scratch.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  rmSync(outPath, { force: true });
  execFileSync('mksquashfs', [scratch.path, outPath, '-quiet', '-no-progress', '-all-root'], {
    stdio: 'ignore',
  });
}
