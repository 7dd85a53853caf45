import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { FirstbornError } from '../protocol/errors.ts';
import { ErofsWriter } from './erofs/erofs-writer.ts';
import { checkClosure, type RuntimeArchitecture } from './initramfs/closure.ts';
import { parentDirectories } from './initramfs/cpio.ts';
import type { FileEntry } from './initramfs/runtime-files.ts';
import { madeEntry, onePiece } from './root-entry.ts';

const volumeName = 'fb-runtime';
/** In the superblock, which is at 1024 (fs/erofs/erofs_fs.h). */
const uuidOffset = 1024 + 48;
const uuidBytes = 16;

/**
 * Writes init and its runtime as an uncompressed EROFS disk, file after file in the order given: the guest maps pages of
 * it as it reads them. Proves that its programs find all that they need on it. The same files give the same bytes; the
 * disk's UUID stands for them. It appears whole or not at all.
 */
export async function writeRuntimeDisk(
  outPath: string,
  files: readonly FileEntry[],
  architecture: RuntimeArchitecture,
): Promise<void> {
  checkClosure(files, architecture);
  const temporaryPath = `${outPath}.${randomUUID()}.tmp`;
  const writer = new ErofsWriter(temporaryPath, { volumeName });
  try {
    for (const path of ['', ...parentDirectories(files.map((file) => file.path))]) {
      await writer.add(madeEntry(path, 'directory', 0o755, 0));
    }
    for (const { path, mode, content } of files) {
      await writer.add(madeEntry(path, 'file', mode, content.length), onePiece(content));
    }
    await writer.finish();
    await rename(temporaryPath, outPath);
  } catch (error) {
    await writer.abort();
    await rm(temporaryPath, { force: true });
    throw error;
  }
}

/** Reads the UUID that stands for the content of a runtime disk, as hex digits. Throws a FirstbornError of code `host`. */
export async function readRuntimeDiskId(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const buffer = Buffer.alloc(uuidBytes);
    const { bytesRead } = await file.read(buffer, 0, uuidBytes, uuidOffset);
    if (bytesRead < uuidBytes) throw new RangeError('the file ends before its superblock');
    return buffer.toString('hex');
  } catch (cause) {
    throw new FirstbornError('host', `Cannot read the runtime disk "${path}"`, { cause });
  }
}
