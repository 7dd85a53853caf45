import { chmod, chown, utimes } from 'node:fs/promises';
import type { TarEntry } from '../tar/tar-entry.ts';
import { maxOwnerId } from '../tar/tar-limits.ts';
import { changeModeOfFd, changeOwnerOfFd, changeTimesOfFd, pathOfFd } from './descriptor-calls.ts';

const setIdBits = 0o6000;

/** What an unpacked entry gets besides its content. */
export interface Attributes {
  readonly mode: number;
  /** Absent: whoever unpacks. */
  readonly owner: { uid: number; gid: number } | undefined;
  /** For utimes(2). Node takes seconds with fractions, exact to a quarter of a microsecond. */
  readonly modified: number | Date;
}

/**
 * The attributes of an entry. Without its owner it also loses its set-id bits: they would hand out the rights
 * of somebody else. Throws RangeError for an owner that no file can have.
 */
export function attributesOf(entry: TarEntry, keepOwnership: boolean): Attributes {
  const { uid, gid, mtimeSeconds, mtimeNanoseconds } = entry;
  if (keepOwnership && ![uid, gid].every((id) => id >= 0 && id <= maxOwnerId)) {
    throw new RangeError(`its owner ${uid}:${gid} is not between 0 and ${maxOwnerId}`);
  }
  const seconds = mtimeSeconds + mtimeNanoseconds / 1e9;
  return {
    mode: keepOwnership ? entry.mode : entry.mode & ~setIdBits,
    owner: keepOwnership ? { uid, gid } : undefined,
    // Node takes a negative number for "now", but not a negative Date.
    modified: seconds < 0 ? new Date(seconds * 1000) : seconds,
  };
}

/** For a file that is open for writing. The mode last but for the time: chown(2) clears set-id bits. */
export async function applyToOpenFile(fd: number, { owner, mode, modified }: Attributes): Promise<void> {
  if (owner !== undefined) await changeOwnerOfFd(fd, owner.uid, owner.gid);
  await changeModeOfFd(fd, mode);
  await changeTimesOfFd(fd, modified, modified);
}

/** For what an O_PATH descriptor is, except a symbolic link. */
export async function applyToNode(fd: number, { owner, mode, modified }: Attributes): Promise<void> {
  const path = pathOfFd(fd);
  if (owner !== undefined) await chown(path, owner.uid, owner.gid);
  await chmod(path, mode);
  await utimes(path, modified, modified);
}

/** For a symbolic link, which has no mode and is what an O_PATH descriptor is. */
export async function applyToLink(fd: number, { owner, modified }: Attributes): Promise<void> {
  const path = pathOfFd(fd);
  if (owner !== undefined) await chown(path, owner.uid, owner.gid);
  await utimes(path, modified, modified);
}
