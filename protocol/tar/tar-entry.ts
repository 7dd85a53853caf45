import { type ErrorCode, FirstbornError } from '../errors.ts';
import { maxXattrNameBytes, maxXattrValueBytes } from './tar-limits.ts';
import { decodePathBytes, encodePathBytes } from '../path-bytes.ts';
import { decodePaxNumber, decodePaxTime, type PaxRecord } from './pax.ts';
import type { TarHeader } from './tar-header.ts';

/** What an entry can be. Sockets are never stored: they mean nothing without a process. */
export type TarEntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'char' | 'block' | 'fifo';

/** One entry as an archive states it: names are raw, nothing is resolved or checked yet. */
export interface TarEntry {
  /** Position among the entries of its archive, from 0. The same in every pass over the same bytes. */
  readonly index: number;
  readonly name: string;
  readonly type: TarEntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  readonly mtimeNanoseconds: number;
  readonly sizeBytes: number;
  /** Whether the archive left out holes, so that the stored bytes are not the content. */
  readonly isSparse: boolean;
  /** Target of a symlink or hard link, else empty. */
  readonly linkName: string;
  readonly devMajor: number;
  readonly devMinor: number;
  readonly xattrs: ReadonlyMap<string, Buffer>;
  /**
   * The content of a file. To be read once and before the next entry is asked for; what is left unread is
   * passed over.
   */
  content(): AsyncGenerator<Buffer>;
}

/** Fields that extensions may change, collected before the entry is built. */
export interface EntryFields {
  name: string;
  linkName: string;
  uid: number;
  gid: number;
  /** Bytes that follow the header. */
  storedBytes: number;
  mtimeSeconds: number;
  mtimeNanoseconds: number;
  xattrs: Map<string, Buffer>;
}

/** Starts from the header block. */
export function fieldsFromHeader(header: TarHeader): EntryFields {
  return {
    name: header.name,
    linkName: header.linkName,
    uid: header.uid,
    gid: header.gid,
    storedBytes: header.sizeBytes,
    mtimeSeconds: header.mtimeSeconds,
    mtimeNanoseconds: 0,
    xattrs: new Map(),
  };
}

const xattrPrefix = 'SCHILY.xattr.';
const libarchivePrefix = 'LIBARCHIVE.xattr.';

/** Lays pax records over the fields. An empty value takes the header's back (POSIX). Throws RangeError. */
export function applyPaxRecords(fields: EntryFields, header: TarHeader, records: readonly PaxRecord[]): void {
  const original = fieldsFromHeader(header);
  for (const { key, value } of records) {
    const isReset = value.length === 0;
    if (key === 'path') fields.name = isReset ? original.name : decodePathBytes(value);
    else if (key === 'linkpath') fields.linkName = isReset ? original.linkName : decodePathBytes(value);
    else if (key === 'uid') fields.uid = isReset ? original.uid : decodePaxNumber(key, value);
    else if (key === 'gid') fields.gid = isReset ? original.gid : decodePaxNumber(key, value);
    else if (key === 'size')
      fields.storedBytes = isReset ? original.storedBytes : decodePaxNumber(key, value);
    else if (key === 'mtime') {
      const time = isReset
        ? { seconds: header.mtimeSeconds, nanoseconds: 0 }
        : decodePaxTime(value.toString());
      fields.mtimeSeconds = time.seconds;
      fields.mtimeNanoseconds = time.nanoseconds;
    } else if (key.startsWith(xattrPrefix)) setXattr(fields, key.slice(xattrPrefix.length), value);
    else if (key.startsWith(libarchivePrefix)) setLibarchiveXattr(fields, key, value);
  }
}

function setXattr(fields: EntryFields, name: string, value: Buffer): void {
  if (value.length > maxXattrValueBytes) {
    throw new RangeError(`the attribute "${name}" is longer than ${maxXattrValueBytes} bytes`);
  }
  if (encodePathBytes(name).length > maxXattrNameBytes || name.includes('\0')) {
    throw new RangeError('the name of an attribute is longer than 255 bytes or holds NUL');
  }
  if (name !== '') fields.xattrs.set(name, value);
}

/** libarchive writes names percent-encoded and values in base64, beside or instead of SCHILY's. */
function setLibarchiveXattr(fields: EntryFields, key: string, value: Buffer): void {
  const encoded = encodePathBytes(key.slice(libarchivePrefix.length)).toString('latin1');
  // The codes are bytes of UTF-8, not characters.
  const bytes = encoded.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  const name = decodePathBytes(Buffer.from(bytes, 'latin1'));
  if (!fields.xattrs.has(name)) setXattr(fields, name, Buffer.from(value.toString('latin1'), 'base64'));
}

/** What a type flag means. `undefined` for kinds that no file system can hold. */
export function entryTypeOf(header: TarHeader): TarEntryType | undefined {
  switch (header.typeFlag) {
    case '0':
    case '7': // contiguous: a hint to the file system
    case 'S': // old GNU sparse
      return 'file';
    case '\0':
      // Before POSIX a trailing slash was all that told a directory.
      return header.name.endsWith('/') ? 'directory' : 'file';
    case '1':
      return 'hardlink';
    case '2':
      return 'symlink';
    case '3':
      return 'char';
    case '4':
      return 'block';
    case '5':
      return 'directory';
    case '6':
      return 'fifo';
    default:
      return undefined;
  }
}

/** The error for a type flag without meaning. */
export function unknownTypeError(archive: string, code: ErrorCode, header: TarHeader): FirstbornError {
  return new FirstbornError(
    code,
    `Cannot read ${archive}: entry "${header.name}" has the unsupported type "${header.typeFlag}"`,
  );
}
