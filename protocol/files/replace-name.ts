import { mkdir, unlink } from 'node:fs/promises';
import { closeFd, openDirectory, pathInDirectory } from './descriptor-calls.ts';
import { errnoOf } from './file-failure.ts';

/** Somebody who makes the name again and again must not keep us for ever. */
const maxAttempts = 8;
/** Nobody else's until it gets the mode that it shall have. */
const ownerOnlyMode = 0o700;

/**
 * Makes something new under a name. What has the name and is no directory is unlinked first; a directory is
 * left alone, and the call rejects with EISDIR. `make` must fail with EEXIST rather than use what is there.
 */
export async function replaceName<Made>(
  directoryFd: number,
  name: string,
  make: (path: Buffer) => Promise<Made>,
): Promise<Made> {
  const path = pathInDirectory(directoryFd, name);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await make(path);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST' || attempt === maxAttempts) throw error;
    }
    await removeName(directoryFd, name);
  }
}

/**
 * Makes a directory, or keeps the one that has the name. Throws RangeError when something else has it: a link to
 * a directory, as /lib often is, must not become a directory without what is in it.
 */
export async function makeOrKeepDirectory(directoryFd: number, name: string): Promise<void> {
  try {
    await mkdir(pathInDirectory(directoryFd, name), ownerOnlyMode);
    return;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  try {
    await closeFd(await openDirectory(directoryFd, name));
  } catch (error) {
    if (errnoOf(error) !== 'ENOTDIR') throw error;
    throw new RangeError('something that is no directory has its name');
  }
}

/** unlink(2), done already or not. */
export async function removeName(directoryFd: number, name: string): Promise<void> {
  try {
    await unlink(pathInDirectory(directoryFd, name));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
