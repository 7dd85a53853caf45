import { encodePathBytes } from '../path-bytes.ts';
import { encodePaxRecord, encodePaxTime } from './pax.ts';
import type { TarEntryType } from './tar-entry.ts';
import { tarBlockBytes } from './tar-header.ts';

/** What a header says of an entry. Text becomes bytes through `encodePathBytes`. */
export interface TarHeaderEntry {
  /** No leading slash, no `.` or `..`; `''` is the directory that the archive stands for. */
  readonly path: string;
  readonly type: TarEntryType;
  /** The twelve permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970, possibly negative. */
  readonly mtimeSeconds: number;
  /** 0 … 999,999,999, added to the seconds. */
  readonly mtimeNanoseconds: number;
  /** Length of a file's content; 0 for everything else. */
  readonly sizeBytes: number;
  /** A symlink's text as it is, or the path of the entry that a hard link names again. */
  readonly linkTarget?: string;
  readonly devMajor?: number;
  readonly devMinor?: number;
  /** Full name to value. */
  readonly xattrs: ReadonlyMap<string, Buffer>;
}

/** The two blocks of zeros that end an archive. */
export const tarEndMarker = Buffer.alloc(2 * tarBlockBytes);

const typeFlags = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
} as const satisfies Record<TarEntryType, string>;

const maxOctal7 = 0o7777777;
const maxOctal11 = 0o77777777777;

/**
 * The header of one entry in our canonical form: ustar, with a pax header before it for whatever ustar cannot
 * say (long names, large numbers, fractions of a second, extended attributes). Depends on the entry alone.
 */
export function encodeTarHeader(entry: TarHeaderEntry): Buffer {
  const records = paxRecords(entry);
  const header = encodeBlock(entry);
  if (records.length === 0) return header;
  const body = Buffer.concat(records);
  const extension: TarHeaderEntry = {
    path: 'pax',
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtimeSeconds: 0,
    mtimeNanoseconds: 0,
    sizeBytes: body.length,
    xattrs: new Map(),
  };
  return Buffer.concat([encodeBlock(extension, 'x'), body, tarPadding(body.length), header]);
}

/** The zeros that follow `sizeBytes` bytes of content. */
export function tarPadding(sizeBytes: number): Buffer {
  return tarEndMarker.subarray(0, -sizeBytes & (tarBlockBytes - 1));
}

function paxRecords(entry: TarHeaderEntry): Buffer[] {
  const records: Buffer[] = [];
  const path = pathField(entry);
  const link = encodePathBytes(entry.linkTarget ?? '');
  if (path.length > 100) records.push(encodePaxRecord('path', path));
  if (link.length > 100) records.push(encodePaxRecord('linkpath', link));
  if (entry.uid > maxOctal7) records.push(encodeText('uid', entry.uid));
  if (entry.gid > maxOctal7) records.push(encodeText('gid', entry.gid));
  if (entry.sizeBytes > maxOctal11) records.push(encodeText('size', entry.sizeBytes));
  if (entry.mtimeNanoseconds !== 0 || entry.mtimeSeconds < 0 || entry.mtimeSeconds > maxOctal11) {
    const time = { seconds: entry.mtimeSeconds, nanoseconds: entry.mtimeNanoseconds };
    records.push(encodeText('mtime', encodePaxTime(time)));
  }
  for (const [name, value] of entry.xattrs) records.push(encodePaxRecord(`SCHILY.xattr.${name}`, value));
  return records;
}

function encodeText(key: string, value: string | number): Buffer {
  return encodePaxRecord(key, Buffer.from(String(value)));
}

/** Directories end in a slash, as tar writers have always done it. */
function pathField(entry: TarHeaderEntry): Buffer {
  if (entry.path === '') return Buffer.from('./');
  return encodePathBytes(entry.type === 'directory' ? `${entry.path}/` : entry.path);
}

function encodeBlock(entry: TarHeaderEntry, typeFlag: string = typeFlags[entry.type]): Buffer {
  const block = Buffer.alloc(tarBlockBytes);
  pathField(entry).copy(block, 0, 0, 100);
  writeOctal(block, 100, 7, entry.mode);
  writeOctal(block, 108, 7, entry.uid > maxOctal7 ? 0 : entry.uid);
  writeOctal(block, 116, 7, entry.gid > maxOctal7 ? 0 : entry.gid);
  writeOctal(block, 124, 11, entry.sizeBytes > maxOctal11 ? 0 : entry.sizeBytes);
  writeOctal(block, 136, 11, Math.min(Math.max(entry.mtimeSeconds, 0), maxOctal11));
  block.write(typeFlag, 156, 'latin1');
  encodePathBytes(entry.linkTarget ?? '').copy(block, 157, 0, 100);
  block.write('ustar\x0000', 257, 'latin1');
  writeOctal(block, 329, 7, entry.devMajor ?? 0);
  writeOctal(block, 337, 7, entry.devMinor ?? 0);
  writeChecksum(block);
  return block;
}

function writeOctal(block: Buffer, offset: number, digits: number, value: number): void {
  block.write(value.toString(8).padStart(digits, '0'), offset, digits, 'latin1');
}

function writeChecksum(block: Buffer): void {
  block.fill(0x20, 148, 156);
  let sum = 0;
  for (let index = 0; index < tarBlockBytes; index++) sum += block[index] ?? 0;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}
