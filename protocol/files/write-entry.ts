import { constants } from 'node:fs';
import { link, symlink } from 'node:fs/promises';
import { encodePathBytes } from '../path-bytes.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { maxPathBytes } from '../tar/tar-limits.ts';
import { applyToLink, applyToNode, applyToOpenFile, type Attributes } from './attributes.ts';
import { closeFd, openName, openPath, pathInDirectory, statFd, writeFd } from './descriptor-calls.ts';
import { removeName, replaceName } from './replace-name.ts';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NOCTTY } = constants;
const newFileFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY;
/** Nobody else's until it is whole. */
const ownerOnlyMode = 0o600;

/** Where an entry goes: a name in a directory that is held by a descriptor. */
export interface Place {
  readonly directoryFd: number;
  readonly name: string;
}

/** Writes a regular file. One that could not be written whole is taken away again. Resolves to its length. */
export async function writeRegularFile(
  { directoryFd, name }: Place,
  entry: TarEntry,
  attributes: Attributes,
): Promise<number> {
  const fd = await replaceName(directoryFd, name, (path) => openPath(path, newFileFlags, ownerOnlyMode));
  let lengthBytes = 0;
  let isWhole = false;
  try {
    for await (const bytes of entry.content()) {
      await writeFd(fd, bytes);
      lengthBytes += bytes.length;
    }
    await applyToOpenFile(fd, attributes);
    isWhole = true;
  } finally {
    await closeFd(fd);
    if (!isWhole) await removeName(directoryFd, name);
  }
  return lengthBytes;
}

/** Makes a symbolic link. Its text is nobody's business but that of whoever follows it. */
export async function writeSymlink(
  { directoryFd, name }: Place,
  entry: TarEntry,
  attributes: Attributes,
): Promise<void> {
  const target = encodePathBytes(entry.linkName);
  if (target.length === 0 || target.includes(0)) throw new RangeError('its link has no usable target');
  if (target.length > maxPathBytes) throw new RangeError(`its target is longer than ${maxPathBytes} bytes`);
  await replaceName(directoryFd, name, (path) => symlink(target, path));
  await withNew({ directoryFd, name }, 'isSymbolicLink', (fd) => applyToLink(fd, attributes));
}

/** Gives a file a second name. linkat(2) does not follow a link under the first. */
export async function writeHardLink({ directoryFd, name }: Place, target: Place): Promise<void> {
  const targetPath = pathInDirectory(target.directoryFd, target.name);
  await replaceName(directoryFd, name, (path) => link(targetPath, path));
}

/** Makes a FIFO through `makeFifo`, because Node can't. */
export async function writeFifo(
  { directoryFd, name }: Place,
  attributes: Attributes,
  makeFifo: (directoryFd: number, name: string) => Promise<void>,
): Promise<void> {
  await replaceName(directoryFd, name, () => makeFifo(directoryFd, name));
  await withNew({ directoryFd, name }, 'isFIFO', (fd) => applyToNode(fd, attributes));
}

/**
 * Opens what has just been made (O_PATH). Who can write to the directory may have put another file's second name in
 * its place, whose owner is not for the archive to say: throws RangeError for what is of another type.
 */
async function withNew(
  { directoryFd, name }: Place,
  isOfType: 'isFIFO' | 'isSymbolicLink',
  use: (fd: number) => Promise<void>,
): Promise<void> {
  const fd = await openName(directoryFd, name);
  try {
    if (!(await statFd(fd))[isOfType]()) throw new RangeError('another process has replaced it');
    await use(fd);
  } finally {
    await closeFd(fd);
  }
}
