import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { encodePathBytes } from '../path-bytes.ts';

/**
 * System calls on plain descriptors, made on libuv's threads: a file system that hangs holds up the copy that
 * met it and nothing else. All reject with Node's system errors. Every descriptor is the caller's to close.
 */

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY, O_RDONLY } = fs.constants;
/** The same on all of Linux; Node does not name it. */
export const O_PATH = 0o10000000;

/** open(2). O_CLOEXEC is added by Node. */
export const openPath = promisify(fs.open) as (
  path: string | Buffer,
  flags: number,
  mode?: number,
) => Promise<number>;
export const closeFd = promisify(fs.close);
export const changeOwnerOfFd = promisify(fs.fchown);
export const changeModeOfFd = promisify(fs.fchmod);
export const changeTimesOfFd = promisify(fs.futimes);

/** fstat(2) with nanoseconds. */
export function statFd(fd: number): Promise<fs.BigIntStats> {
  return new Promise((resolve, reject) => {
    fs.fstat(fd, { bigint: true }, (error, stat) => (error === null ? resolve(stat) : reject(error)));
  });
}

/** read(2) at the descriptor's position: the bytes read, empty at the end. */
export async function readFd(fd: number, lengthBytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(lengthBytes);
  const { bytesRead } = await promisify(fs.read)(fd, buffer, 0, lengthBytes, null);
  return buffer.subarray(0, bytesRead);
}

/** write(2) at the descriptor's position until all bytes are written. */
export async function writeFd(fd: number, bytes: Uint8Array): Promise<void> {
  for (let doneBytes = 0; doneBytes < bytes.length; ) {
    const { bytesWritten } = await promisify(fs.write)(fd, bytes, doneBytes, bytes.length - doneBytes, null);
    doneBytes += bytesWritten;
  }
}

/** A path that leads to what `fd` is, however it was renamed meanwhile. Opening it opens that very file. */
export function pathOfFd(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/**
 * The path of `name` in the directory that `fd` is. Nothing above the name is looked up, so nobody can lead the
 * next call elsewhere; that call must not follow a link in the name itself. Throws RangeError for what is no name.
 */
export function pathInDirectory(fd: number, name: string): Buffer {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
    throw new RangeError(`Cannot use ${JSON.stringify(name)} as a name`);
  }
  return Buffer.concat([Buffer.from(`${pathOfFd(fd)}/`), encodePathBytes(name)]);
}

/** Opens whatever `name` is, a link included, without reading or waking it (O_PATH). */
export function openName(directoryFd: number, name: string): Promise<number> {
  return openPath(pathInDirectory(directoryFd, name), O_PATH | O_NOFOLLOW);
}

/** Opens a directory to work in (O_PATH). ENOTDIR for anything else, links to directories included. */
export function openDirectory(directoryFd: number, name: string): Promise<number> {
  return openPath(pathInDirectory(directoryFd, name), O_PATH | O_NOFOLLOW | O_DIRECTORY);
}

/** A descriptor of its own (O_PATH) of a directory that is open already. */
export function openAgain(directoryFd: number): Promise<number> {
  return openPath(pathOfFd(directoryFd), O_PATH | O_DIRECTORY);
}

/** Opens the regular file that an O_PATH descriptor is for reading. */
export function openContent(fd: number): Promise<number> {
  return openPath(pathOfFd(fd), O_RDONLY | O_NONBLOCK | O_NOCTTY);
}
