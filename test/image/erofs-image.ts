import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ErofsOptions, ErofsWriter } from '../../image/erofs/erofs-writer.ts';
import type { RootEntry } from '../../image/root-entry.ts';

/** An entry together with its content, for tests. */
export interface TestEntry {
  entry: RootEntry;
  content?: Buffer;
}

const defaults = {
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtimeSeconds: 1_700_000_000,
  mtimeNanoseconds: 0,
  sizeBytes: 0,
  xattrs: new Map<string, Buffer>(),
};

/** Makes an entry; what a test does not care about has defaults. */
export function makeEntry(type: RootEntry['type'], path: string, fields: Partial<RootEntry> = {}): TestEntry {
  const mode = type === 'directory' ? 0o755 : type === 'symlink' ? 0o777 : defaults.mode;
  return { entry: { ...defaults, mode, type, path, ...fields } };
}

export function makeFile(path: string, content: Buffer | string, fields: Partial<RootEntry> = {}): TestEntry {
  const bytes = Buffer.from(content);
  const { entry } = makeEntry('file', path, { sizeBytes: bytes.length, ...fields });
  return { entry, content: bytes };
}

/** Yields bytes in pieces of a size that no block size divides. */
export async function* inPieces(bytes: Buffer, pieceBytes = 1000): AsyncGenerator<Buffer, void, undefined> {
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    yield bytes.subarray(offset, offset + pieceBytes);
  }
}

export async function writeImage(
  path: string,
  entries: Iterable<TestEntry>,
  options?: ErofsOptions,
): Promise<void> {
  const writer = new ErofsWriter(path, options);
  try {
    for (const { entry, content } of entries) {
      await writer.add(entry, content && inPieces(content));
    }
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

export async function withScratchDirectory<Result>(work: (path: string) => Promise<Result> | Result) {
  const path = mkdtempSync(join(tmpdir(), 'firstborn-erofs-'));
  try {
    return await work(path);
  } finally {
    rmSync(path, { recursive: true });
  }
}

/** Runs fsck.erofs, which fails for an inconsistent image, and reads every block of every file. */
export function checkImage(image: string): void {
  execFileSync('fsck.erofs', ['--extract', image], { stdio: 'pipe' });
}

/**
 * Mounts an image read-only while `work` runs. umount(8) also detaches the loop device, which mount(8) sets to
 * clear itself. Needs root.
 */
export async function withMountedImage<Result>(
  image: string,
  work: (root: string) => Promise<Result> | Result,
): Promise<Result> {
  const root = mkdtempSync(join(tmpdir(), 'firstborn-erofs-mount-'));
  try {
    execFileSync('mount', ['-t', 'erofs', '-o', 'loop,ro', image, root], { stdio: 'pipe' });
    try {
      return await work(root);
    } finally {
      execFileSync('umount', [root], { stdio: 'pipe' });
    }
  } finally {
    rmSync(root, { recursive: true });
  }
}
