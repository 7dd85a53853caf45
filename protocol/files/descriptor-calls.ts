import {
  type BigIntStats,
  close,
  constants,
  fchmod,
  fchown,
  fstat,
  futimes,
  type NoParamCallback,
  open,
  read,
  write,
} from 'node:fs';
import { encodePathBytes } from '../path-bytes.ts';

/**
 * System calls on plain descriptors, made on libuv's threads: a file system that hangs holds up the copy that
 * met it and nothing else. All reject with Node's system errors. Every descriptor is the caller's to close.
 */

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY, O_RDONLY } = constants;
/** The same on all of Linux; Node does not name it. */
export const O_PATH = 0o10000000;

type Callback<Value> = (error: NodeJS.ErrnoException | null, value: Value) => void;

/** Without promisify: asking for it loads what process 1 does not need to boot. */
function call<Value>(start: (done: Callback<Value>) => void): Promise<Value> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error === null ? resolve(value) : reject(error)));
  });
}

/** What has no result tells of success by `null` or nothing. */
function callVoid(start: (done: NoParamCallback) => void): Promise<void> {
  return call((done) => start((error) => done(error ?? null, undefined)));
}

/** open(2). O_CLOEXEC is added by Node. */
export function openPath(path: string | Buffer, flags: number, mode?: number): Promise<number> {
  return call((done) => open(path, flags, mode, done));
}

export function closeFd(fd: number): Promise<void> {
  return callVoid((done) => close(fd, done));
}

export function changeOwnerOfFd(fd: number, uid: number, gid: number): Promise<void> {
  return callVoid((done) => fchown(fd, uid, gid, done));
}

export function changeModeOfFd(fd: number, mode: number): Promise<void> {
  return callVoid((done) => fchmod(fd, mode, done));
}

/** Numbers are seconds since 1970, with fractions. */
export function changeTimesOfFd(fd: number, accessed: number | Date, modified: number | Date): Promise<void> {
  return callVoid((done) => futimes(fd, accessed, modified, done));
}

/** fstat(2) with nanoseconds. */
export function statFd(fd: number): Promise<BigIntStats> {
  return call((done) => fstat(fd, { bigint: true }, done));
}

/** read(2) at the descriptor's position: the bytes read, empty at the end. */
export async function readFd(fd: number, lengthBytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(lengthBytes);
  const bytesRead = await call<number>((done) => read(fd, buffer, 0, lengthBytes, null, done));
  return buffer.subarray(0, bytesRead);
}

/** write(2) at the descriptor's position until all bytes are written. */
export async function writeFd(fd: number, bytes: Uint8Array): Promise<void> {
  for (let doneBytes = 0; doneBytes < bytes.length; ) {
    const from = doneBytes;
    doneBytes += await call<number>((done) => write(fd, bytes, from, bytes.length - from, null, done));
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
