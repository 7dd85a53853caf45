import type { BigIntStats } from 'node:fs';
import type { ErrorCode } from '../errors.ts';
import type { TarEntryType } from '../tar/tar-entry.ts';
import { encodeTarHeader, type TarHeaderEntry, tarEndMarker, tarPadding } from '../tar/tar-writer.ts';
import { closeFd, openContent, readFd } from './descriptor-calls.ts';
import { fileFailure } from './file-failure.ts';
import type { FileNode } from './file-node.ts';
import { type TreeNode, walkTree } from './walk-tree.ts';

const readBytes = 64 * 1024;
/** Many small files go out in pieces of about this size. */
const pieceBytes = 32 * 1024;
/** Files with several names that are remembered; beyond that each name brings the content again. */
const maxRememberedLinks = 65_536;
const setIdBits = 0o6000;
const nanosecondsPerSecond = 1_000_000_000n;

/** What a copy has moved so far. */
export interface CopyTotals {
  entries: number;
  contentBytes: number;
}

export interface PackOptions {
  /** The top's name in the archive; `''` calls it `./` and what is in it by its own names. */
  name: string;
  /** Of the errors. */
  errorCode: ErrorCode;
  /** Whom everything belongs to in the archive, without set-id bits; without this its own owner. */
  owner?: { uid: number; gid: number };
  /** Counts as the archive grows. */
  totals?: CopyTotals;
  /** Ends the archive with its reason at the next node. */
  signal?: AbortSignal;
}

/**
 * A tar archive of `top` and everything below it, piece by piece as it is asked for. Sockets are left out, and
 * so are extended attributes: Node can't read them. Nothing blocks on devices and FIFOs, they are only named. A file
 * that changes while it is read keeps the length of its header: it is cut, or filled with zeros. A piece may be
 * kept. `top` stays the caller's to close.
 */
export async function* packTree(top: FileNode, options: PackOptions): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for await (const bytes of archiveOf(top, options)) {
    waiting.push(bytes);
    waitingBytes += bytes.length;
    if (waitingBytes < pieceBytes) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
  }
  yield Buffer.concat(waiting);
}

async function* archiveOf(top: FileNode, options: PackOptions): AsyncGenerator<Buffer> {
  const { name, errorCode, totals = { entries: 0, contentBytes: 0 } } = options;
  const links = new Map<string, string>();
  for await (const node of walkTree(top, name, errorCode)) {
    options.signal?.throwIfAborted();
    const entry = entryOf(node, links, options);
    if (entry === undefined) continue;
    yield encodeTarHeader(entry);
    if (entry.sizeBytes > 0) yield* contentOf(node, entry.sizeBytes, errorCode);
    totals.entries += 1;
    totals.contentBytes += entry.sizeBytes;
  }
  yield tarEndMarker;
}

/** `undefined` for what no archive holds. */
function entryOf(
  { path, stat, linkTarget }: TreeNode,
  links: Map<string, string>,
  { owner }: PackOptions,
): TarHeaderEntry | undefined {
  const type = typeOf(stat);
  if (type === undefined) return undefined;
  const nanoseconds = ((stat.mtimeNs % nanosecondsPerSecond) + nanosecondsPerSecond) % nanosecondsPerSecond;
  const entry = {
    path,
    type,
    mode: Number(stat.mode) & 0o7777 & (owner === undefined ? ~0 : ~setIdBits),
    uid: owner?.uid ?? Number(stat.uid),
    gid: owner?.gid ?? Number(stat.gid),
    mtimeSeconds: Number((stat.mtimeNs - nanoseconds) / nanosecondsPerSecond),
    mtimeNanoseconds: Number(nanoseconds),
    sizeBytes: type === 'file' ? Number(stat.size) : 0,
    xattrs: new Map<string, Buffer>(),
  };
  if (type === 'symlink') return { ...entry, linkTarget };
  if (type === 'char' || type === 'block') return { ...entry, ...deviceNumbers(stat.rdev) };
  const first = type === 'file' ? firstNameOf(path, stat, links) : undefined;
  return first === undefined ? entry : { ...entry, type: 'hardlink', sizeBytes: 0, linkTarget: first };
}

function typeOf(stat: BigIntStats): TarEntryType | undefined {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isCharacterDevice()) return 'char';
  if (stat.isBlockDevice()) return 'block';
  return stat.isFIFO() ? 'fifo' : undefined;
}

/** The name under which a file of several names has come already; remembers this one otherwise. */
function firstNameOf(path: string, stat: BigIntStats, links: Map<string, string>): string | undefined {
  if (stat.nlink < 2n) return undefined;
  const identity = `${stat.dev}:${stat.ino}`;
  const first = links.get(identity);
  if (first === undefined && links.size < maxRememberedLinks) links.set(identity, path);
  return first;
}

/** As makedev(3) packs them on Linux. */
function deviceNumbers(rdev: bigint): { devMajor: number; devMinor: number } {
  return {
    devMajor: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xffff_f000n)),
    devMinor: Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffff_ff00n)),
  };
}

/** Exactly `sizeBytes` bytes and the padding behind them. */
async function* contentOf(node: TreeNode, sizeBytes: number, errorCode: ErrorCode): AsyncGenerator<Buffer> {
  let fd: number | undefined;
  try {
    fd = await openContent(node.fd);
    let leftBytes = sizeBytes;
    while (leftBytes > 0) {
      const bytes = await readFd(fd, Math.min(leftBytes, readBytes));
      if (bytes.length === 0) break;
      leftBytes -= bytes.length;
      yield bytes;
    }
    for (; leftBytes > 0; leftBytes -= Math.min(leftBytes, readBytes)) {
      yield Buffer.alloc(Math.min(leftBytes, readBytes));
    }
    yield tarPadding(sizeBytes);
  } catch (error) {
    throw fileFailure(errorCode, `Cannot read ${JSON.stringify(node.path)}`, error);
  } finally {
    if (fd !== undefined) await closeFd(fd);
  }
}
