import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { decodePathBytes, encodePathBytes } from '../../protocol/path-bytes.ts';
import type { RootEntry } from '../../image/root-entry.ts';
import type { TestEntry } from './erofs-image.ts';

/** What a test compares of one path. Absent fields have no meaning for the type. */
export interface Observed {
  type: string;
  mode: number;
  uid: number;
  gid: number;
  mtimeNs: bigint;
  links: number;
  device?: bigint;
  target?: string;
  /** SHA-256 of a file's content, after its length. */
  content?: string;
}

export function fingerprint(bytes: Uint8Array): string {
  return `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;
}

function typeOf(stats: BigIntStats): RootEntry['type'] {
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isCharacterDevice()) return 'char';
  if (stats.isBlockDevice()) return 'block';
  return stats.isFIFO() ? 'fifo' : 'file';
}

function observeOne(path: Buffer): Observed {
  const stats = lstatSync(path, { bigint: true });
  const type = typeOf(stats);
  return {
    type,
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtimeNs: stats.mtimeNs,
    links: Number(stats.nlink),
    ...(type === 'char' || type === 'block' ? { device: stats.rdev } : {}),
    ...(type === 'symlink' ? { target: decodePathBytes(readlinkSync(path, 'buffer')) } : {}),
    ...(type === 'file' ? { content: fingerprint(readFileSync(path)) } : {}),
  };
}

/** Walks a directory and observes every path in it, by path relative to it; `''` is the directory itself. */
export function observeTree(root: string): Map<string, Observed> {
  const observed = new Map<string, Observed>();
  const waiting = [''];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const bytes = Buffer.concat([Buffer.from(`${root}/`), encodePathBytes(path)]);
    const one = observeOne(bytes);
    observed.set(path, one);
    if (one.type !== 'directory') continue;
    for (const name of readdirSync(bytes, 'buffer')) {
      waiting.push(path === '' ? decodePathBytes(name) : `${path}/${decodePathBytes(name)}`);
    }
  }
  return observed;
}

/** glibc's makedev(3), which stat(2) results use in user space. */
function makeDevice(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return ((high & 0xfffn) << 8n) | (low & 0xffn) | ((low & ~0xffn) << 12n);
}

/** What `observeTree` must see in an image of these entries. */
export function expectedTree(entries: readonly TestEntry[]): Map<string, Observed> {
  const expected = new Map<string, Observed>();
  for (const { entry, content } of entries) {
    if (entry.type === 'hardlink') {
      const shared = expected.get(entry.linkTarget ?? '') as Observed;
      shared.links++;
      expected.set(entry.path, shared);
      continue;
    }
    expected.set(entry.path, {
      type: entry.type,
      mode: entry.mode,
      uid: entry.uid,
      gid: entry.gid,
      mtimeNs: BigInt(entry.mtimeSeconds) * 1_000_000_000n + BigInt(entry.mtimeNanoseconds),
      links: entry.type === 'directory' ? 2 : 1,
      ...(entry.devMajor === undefined ? {} : { device: makeDevice(entry.devMajor, entry.devMinor ?? 0) }),
      ...(entry.type === 'symlink' ? { target: entry.linkTarget ?? '' } : {}),
      ...(entry.type === 'file' ? { content: fingerprint(content ?? Buffer.alloc(0)) } : {}),
    });
    const parent = expected.get(entry.path.includes('/') ? entry.path.replace(/\/[^/]*$/, '') : '');
    if (entry.type === 'directory' && entry.path !== '' && parent !== undefined) parent.links++;
  }
  return expected;
}

/** All extended attributes below a directory, by path relative to it: name to value in hex. */
export function observeXattrs(root: string): Map<string, Record<string, string>> {
  const output = execFileSync('getfattr', ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '.'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const observed = new Map<string, Record<string, string>>();
  for (const paragraph of output.split('\n\n')) {
    const [head = '', ...lines] = paragraph.trim().split('\n');
    if (head === '') continue;
    const path = head
      .replace(/^# file: (\.$|\.\/)?/, '')
      .replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    observed.set(path, Object.fromEntries(lines.map((line) => line.split('=') as [string, string])));
  }
  return observed;
}

/** What `observeXattrs` must see. */
export function expectedXattrs(entries: readonly TestEntry[]): Map<string, Record<string, string>> {
  const expected = new Map<string, Record<string, string>>();
  for (const { entry } of entries) {
    const values = [...entry.xattrs].map(([name, value]) => [
      name,
      value.length === 0 ? '0x' : `0x${value.toString('hex')}`,
    ]);
    const shared = entry.type === 'hardlink' ? expected.get(entry.linkTarget ?? '') : undefined;
    if (shared !== undefined) expected.set(entry.path, shared);
    else if (values.length > 0)
      expected.set(entry.path, Object.fromEntries(values) as Record<string, string>);
  }
  return expected;
}
