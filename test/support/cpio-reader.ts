import assert from 'node:assert/strict';
import type { CpioEntry } from '../../image/initramfs/cpio.ts';

/** One entry as read from an archive. */
export interface ReadEntry {
  entry: CpioEntry;
  /** Place in its archive, from 0. */
  index: number;
  inode: number;
  uid: number;
  gid: number;
  mtime: number;
}

const headerBytes = 110;
const alignUp = (offset: number): number => (offset + 3) & ~3;

function makeEntry(path: string, mode: number, content: Buffer, device: [number, number]): CpioEntry {
  const permissions = mode & 0o7777;
  switch (mode & 0o170000) {
    case 0o040000:
      return { type: 'directory', path, mode: permissions };
    case 0o100000:
      return { type: 'file', path, mode: permissions, content };
    case 0o120000:
      return { type: 'symlink', path, target: content.toString() };
    case 0o020000:
      return { type: 'char', path, mode: permissions, major: device[0], minor: device[1] };
    default:
      throw new Error(`Cannot read an entry of mode 0${mode.toString(8)}`);
  }
}

/**
 * Reads joined "newc" archives by the rules of the kernel's unpacker (init/initramfs.c): padding to four
 * bytes counts from the start of everything, zeros may stand between archives.
 */
export function readCpio(bytes: Buffer): ReadEntry[] {
  const entries: ReadEntry[] = [];
  let index = 0;
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === 0) {
      at += 4;
      continue;
    }
    assert.equal(bytes.toString('latin1', at, at + 6), '070701', `magic at ${at}`);
    const field = (number: number): number =>
      Number.parseInt(bytes.toString('latin1', at + 6 + number * 8, at + 14 + number * 8), 16);
    const nameEnd = at + headerBytes + field(11);
    const path = bytes.toString('utf8', at + headerBytes, nameEnd - 1);
    assert.equal(bytes[nameEnd - 1], 0);
    const contentAt = alignUp(nameEnd);
    const content = bytes.subarray(contentAt, contentAt + field(6));
    if (path === 'TRAILER!!!') index = 0;
    else {
      const entry = makeEntry(path, field(1), content, [field(9), field(10)]);
      entries.push({ entry, index, inode: field(0), uid: field(2), gid: field(3), mtime: field(5) });
      index += 1;
    }
    at = alignUp(contentAt + content.length);
  }
  return entries;
}
