/**
 * The "newc" cpio format of Linux initramfs (Documentation/driver-api/early-userspace/buffer-format.rst): a
 * 110-byte header of hex digits, the name, the content, each padded to four bytes.
 *
 * Archives are deterministic: owner 0:0, mtime 0, inode numbers by position. The kernel accepts several
 * archives one after the other, so a base and a kernel's modules are made apart and joined by copying.
 */

export type CpioEntry =
  | { type: 'directory'; path: string; mode: number }
  | { type: 'file'; path: string; mode: number; content: Uint8Array }
  | { type: 'symlink'; path: string; target: string }
  | { type: 'char'; path: string; mode: number; major: number; minor: number };

const fileTypeBits = { directory: 0o040000, file: 0o100000, symlink: 0o120000, char: 0o020000 } as const;
const trailerName = 'TRAILER!!!';
/** Archives start on a sector, so that joined ones are aligned whatever came before. */
const archiveAlignmentBytes = 512;

/** Sizes are eight hex digits. */
const maxFieldValue = 0xffffffff;

function field(value: number): string {
  if (value > maxFieldValue) throw new RangeError(`Cannot write ${value} into a cpio field of 32 bits`);
  return value.toString(16).padStart(8, '0');
}

function padTo(lengthBytes: number, alignment: number): Buffer {
  return Buffer.alloc((alignment - (lengthBytes % alignment)) % alignment);
}

interface Header {
  inode: number;
  mode: number;
  links: number;
  size: number;
  major: number;
  minor: number;
}

function encodeHeader(name: string, header: Header): Buffer {
  const nameBytes = Buffer.from(`${name}\0`);
  const text = [
    '070701',
    ...[header.inode, header.mode, 0, 0, header.links, 0, header.size].map(field),
    ...[0, 0, header.major, header.minor, nameBytes.length, 0].map(field),
  ].join('');
  const bytes = Buffer.concat([Buffer.from(text, 'latin1'), nameBytes]);
  return Buffer.concat([bytes, padTo(bytes.length, 4)]);
}

function entryContent(entry: CpioEntry): Uint8Array {
  if (entry.type === 'file') return entry.content;
  return entry.type === 'symlink' ? Buffer.from(entry.target) : Buffer.alloc(0);
}

function* encodeEntry(entry: CpioEntry, inode: number): Generator<Uint8Array> {
  const content = entryContent(entry);
  const permissions = entry.type === 'symlink' ? 0o777 : entry.mode;
  yield encodeHeader(entry.path, {
    inode,
    mode: fileTypeBits[entry.type] | permissions,
    links: entry.type === 'directory' ? 2 : 1,
    size: content.length,
    major: entry.type === 'char' ? entry.major : 0,
    minor: entry.type === 'char' ? entry.minor : 0,
  });
  yield content;
  yield padTo(content.length, 4);
}

/**
 * Encodes entries, in the order given, as one archive. Paths are relative to the root and come with every
 * directory before what is in it: the kernel creates nothing that is not named.
 */
export function* encodeCpio(entries: Iterable<CpioEntry>): Generator<Uint8Array> {
  let inode = 1;
  let total = 0;
  for (const entry of entries) {
    for (const piece of encodeEntry(entry, inode)) {
      total += piece.length;
      yield piece;
    }
    inode += 1;
  }
  const trailer = encodeHeader(trailerName, { inode: 0, mode: 0, links: 1, size: 0, major: 0, minor: 0 });
  yield trailer;
  yield padTo(total + trailer.length, archiveAlignmentBytes);
}

/** The directories above `paths`, each once, parents first: what `encodeCpio` wants to see before them. */
export function parentDirectories(paths: Iterable<string>): string[] {
  const directories = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) directories.add(parts.slice(0, depth).join('/'));
  }
  return [...directories].toSorted();
}
