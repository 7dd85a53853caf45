import { FirstbornError } from '../../protocol/errors.ts';
import { encodePathBytes } from '../../protocol/path-bytes.ts';
import { roundUp } from './format.ts';

/** Size of `struct erofs_xattr_ibody_header`: no name filter, no shared attributes, so all zero. */
const headerBytes = 12;
/** Size of `struct erofs_xattr_entry`. */
const entryBytes = 4;
/** `i_xattr_icount` has 16 bits: the header counts as one, every word of 4 bytes as another one. */
const maxBodyBytes = headerBytes + (0xffff - 1) * 4;
/** `e_value_size` has 16 bits. */
const maxValueBytes = 0xffff;
/** The kernel's XATTR_NAME_MAX, prefix included. */
const maxNameBytes = 255;

/** Prefixes that the format can express, with their EROFS_XATTR_INDEX_* numbers. */
const prefixes: readonly (readonly [prefix: string, index: number])[] = [
  ['user.', 1],
  ['trusted.', 4],
  ['security.', 6],
];
/** Attributes that are a number by themselves, with an empty name. */
const wholeNames = new Map([
  ['system.posix_acl_access', 2],
  ['system.posix_acl_default', 3],
]);

interface SplitName {
  index: number;
  rest: Buffer;
}

function splitName(name: string): SplitName | undefined {
  const whole = wholeNames.get(name);
  if (whole !== undefined) return { index: whole, rest: Buffer.alloc(0) };
  const match = prefixes.find(([prefix]) => name.startsWith(prefix) && name.length > prefix.length);
  return match && { index: match[1], rest: encodePathBytes(name.slice(match[0].length)) };
}

/** Says whether an image can hold an extended attribute of this name. */
export function isXattrSupported(name: string): boolean {
  return splitName(name) !== undefined;
}

function encodeXattr(path: string, name: string, value: Uint8Array): Buffer {
  const reject = (why: string): never => {
    throw new FirstbornError('image', `Cannot add "${path}": attribute "${name}" ${why}`);
  };
  const split = splitName(name) ?? reject('has a name that EROFS cannot hold');
  if (encodePathBytes(name).length > maxNameBytes) reject(`has a name of more than ${maxNameBytes} bytes`);
  if (name.includes('\0')) reject('has a NUL byte in its name');
  if (value.length > maxValueBytes) reject(`has ${value.length} bytes, at most ${maxValueBytes}`);
  const { index, rest } = split;
  const entry = Buffer.alloc(roundUp(entryBytes + rest.length + value.length, 4));
  entry.writeUInt8(rest.length, 0);
  entry.writeUInt8(index, 1);
  entry.writeUInt16LE(value.length, 2);
  entry.set(rest, entryBytes);
  entry.set(value, entryBytes + rest.length);
  return entry;
}

/**
 * Encodes the attributes that follow an inode: header, then one entry per attribute, sorted by name so that
 * equal sets give equal bytes. No attributes are no bytes. Source: `fs/erofs/erofs_fs.h`, xattr(7). Throws a
 * FirstbornError (`image`) for an attribute that the format can't hold; `path` is for its message.
 */
export function encodeXattrs(path: string, xattrs: ReadonlyMap<string, Uint8Array>): Buffer {
  if (xattrs.size === 0) return Buffer.alloc(0);
  const names = [...xattrs.keys()].toSorted((left, right) =>
    Buffer.compare(encodePathBytes(left), encodePathBytes(right)),
  );
  const entries = names.map((name) => encodeXattr(path, name, xattrs.get(name) as Uint8Array));
  const body = Buffer.concat([Buffer.alloc(headerBytes), ...entries]);
  if (body.length > maxBodyBytes) {
    throw new FirstbornError(
      'image',
      `Cannot add "${path}": its attributes take ${body.length} bytes, at most ${maxBodyBytes}`,
    );
  }
  return body;
}
