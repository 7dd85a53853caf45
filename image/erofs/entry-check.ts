import { FirstbornError } from '../../protocol/errors.ts';
import { decodePathBytes, encodePathBytes } from '../../protocol/path-bytes.ts';
import type { RootEntry } from '../root-entry.ts';
import { maxNameBytes, maxSymlinkBytes } from './format.ts';

const maxMode = 0o7777;
/** The highest value means "no id" to the kernel. */
const maxId = 0xfffffffe;
const maxNanoseconds = 999_999_999;
/** The kernel's MINORBITS is 20, which leaves 12 bits of major. */
const maxDeviceMajor = 0xfff;
const maxDeviceMinor = 0xfffff;

/** The error of everything that is wrong with an entry: `Cannot add "usr/bin/x": …`. */
export function entryError(path: string, why: string, options?: { cause: unknown }): FirstbornError {
  return new FirstbornError('image', `Cannot add "${path}": ${why}`, options);
}

/** Throws a FirstbornError (`image`) for an entry that no image can hold. Looks at nothing but the entry. */
export function checkEntry(entry: RootEntry): void {
  checkPath(entry.path);
  if (entry.type === 'hardlink') return;
  const integer = (what: string, value: number | undefined, minimum: number, maximum: number): void => {
    if (value !== undefined && Number.isSafeInteger(value) && value >= minimum && value <= maximum) return;
    throw entryError(entry.path, `${what} is ${value}, expected a whole number of ${minimum} to ${maximum}`);
  };
  integer('mode', entry.mode, 0, maxMode);
  integer('uid', entry.uid, 0, maxId);
  integer('gid', entry.gid, 0, maxId);
  integer('mtime', entry.mtimeSeconds, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  integer('nanoseconds of mtime', entry.mtimeNanoseconds, 0, maxNanoseconds);
  integer('size', entry.sizeBytes, 0, entry.type === 'file' ? Number.MAX_SAFE_INTEGER : 0);
  if (entry.type === 'char' || entry.type === 'block') {
    integer('device major', entry.devMajor, 0, maxDeviceMajor);
    integer('device minor', entry.devMinor, 0, maxDeviceMinor);
  }
  if (entry.type === 'symlink') checkSymlinkTarget(entry.path, entry.linkTarget);
}

function checkPath(path: string): void {
  if (path === '') return;
  for (const name of path.split('/')) {
    if (name === '' || name === '.' || name === '..') {
      throw entryError(path, 'expected a path of plain names without leading slash');
    }
    if (name.includes('\0')) throw entryError(path, 'a name has a NUL byte');
    const bytes = encodePathBytes(name);
    if (bytes.length > maxNameBytes) {
      throw entryError(path, `a name is ${bytes.length} bytes long, at most ${maxNameBytes}`);
    }
    // Two texts for the same bytes would make two entries of the same name.
    if (!name.isWellFormed() && decodePathBytes(bytes) !== name) {
      throw entryError(path, 'a name has surrogates that stand for no byte');
    }
  }
}

function checkSymlinkTarget(path: string, target: string | undefined): void {
  if (target === undefined || target === '') throw entryError(path, 'a symlink needs a target');
  if (target.includes('\0')) throw entryError(path, 'the symlink target has a NUL byte');
  const lengthBytes = encodePathBytes(target).length;
  if (lengthBytes > maxSymlinkBytes) {
    throw entryError(path, `the symlink target is ${lengthBytes} bytes long, at most ${maxSymlinkBytes}`);
  }
}
