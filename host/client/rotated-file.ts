import { type FileHandle, open, stat } from 'node:fs/promises';

/**
 * A file that is appended to and now and then renamed to `NAME.1`, `NAME.1` to `NAME.2` and so on, while it is
 * being read. Files are told apart by their inodes, which cannot come again while they are open.
 */

export interface OpenedFile {
  handle: FileHandle;
  inode: number;
  sizeBytes: number;
}

function pathOf(path: string, age: number): string {
  return age === 0 ? path : `${path}.${age}`;
}

async function inodeOf(path: string): Promise<number | undefined> {
  return await stat(path).then(
    ({ ino }) => ino,
    () => undefined,
  );
}

async function openFile(path: string): Promise<OpenedFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { ino, size } = await handle.stat();
  return { handle, inode: ino, sizeBytes: size };
}

/** Opens all of it, the newest first. The caller closes the handles. */
export async function openAll(path: string): Promise<OpenedFile[]> {
  const files: OpenedFile[] = [];
  for (let age = 0; ; age += 1) {
    const file = await openFile(pathOf(path, age));
    if (file === undefined) return files;
    // A file that was renamed meanwhile shows up a second time.
    if (files.some(({ inode }) => inode === file.inode)) await file.handle.close();
    else files.push(file);
  }
}

/**
 * Opens the file that was begun when the one with `inode` was renamed; `undefined` while that is still the newest,
 * or when all of it is gone. When the file has been rotated away it is the oldest that is left. The caller closes it.
 */
export async function openSuccessor(path: string, inode: number): Promise<OpenedFile | undefined> {
  for (;;) {
    const inodes: number[] = [];
    for (;;) {
      const found = await inodeOf(pathOf(path, inodes.length));
      if (found === undefined) break;
      inodes.push(found);
    }
    const age = inodes.indexOf(inode);
    if (age === 0 || inodes.length === 0) return undefined;
    const next = age === -1 ? inodes.length - 1 : age - 1;
    const file = await openFile(pathOf(path, next));
    if (file !== undefined && file.inode === inodes[next]) return file;
    // It was renamed while we looked.
    await file?.handle.close();
  }
}
