import { open, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { FirstbornError } from '../../protocol/errors.ts';

export interface KernelFile {
  path: string;
  /** As `uname -r` will say; `undefined` when a bzImage does not tell. */
  release: string | undefined;
}

const maxKernelBytes = 512 * 1024 * 1024;

/** x86 boot protocol (Documentation/arch/x86/boot.rst): `HdrS` at 0x202, kernel_version's offset at 0x20e. */
const isBzImage = (head: Buffer): boolean => head.toString('latin1', 0x202, 0x206) === 'HdrS';

function bzImageRelease(head: Buffer): string | undefined {
  const offset = head.readUInt16LE(0x20e);
  if (offset === 0) return undefined; // an image that does not say
  const at = offset + 0x200;
  return /^\S+/.exec(head.toString('latin1', at, head.indexOf(0, at)))?.[0];
}

/** Uncompressed images carry the banner of /proc/version. */
function bannerRelease(bytes: Buffer): string | undefined {
  const at = bytes.indexOf('Linux version ');
  return at === -1 ? undefined : /^Linux version (\S+)/.exec(bytes.toString('latin1', at, at + 256))?.[1];
}

const isElfImage = (head: Buffer): boolean => head.readUInt32BE(0) === 0x7f454c46;
/** Documentation/arch/arm64/booting.rst: the magic "ARM\x64" at offset 56. */
const isArm64Image = (head: Buffer): boolean => head.length >= 64 && head.readUInt32LE(56) === 0x644d5241;
const isGzip = (head: Buffer): boolean => head.readUInt16BE(0) === 0x1f8b;

async function unpackImage(path: string): Promise<Buffer> {
  try {
    return await promisify(gunzip)(await readFile(path), { maxOutputLength: maxKernelBytes });
  } catch (cause) {
    throw new FirstbornError('host', `Cannot read the kernel "${path}"`, { cause });
  }
}

/** Every uncompressed kernel carries the banner; an ELF file without it is some other program. */
async function uncompressedRelease(path: string, head: Buffer): Promise<string | undefined> {
  if (isElfImage(head) || isArm64Image(head)) return bannerRelease(await readFile(path));
  const image = isGzip(head) ? await unpackImage(path) : undefined;
  return image !== undefined && isArm64Image(image) ? bannerRelease(image) : undefined;
}

/**
 * Looks at a kernel image: bzImage, ELF vmlinux, or arm64 Image (plain or gzip). Throws a FirstbornError of
 * code `host` when the file can't be read or is none of these.
 */
export async function describeKernel(path: string): Promise<KernelFile> {
  let head: Buffer;
  try {
    await using file = await open(path);
    const buffer = Buffer.alloc(64 * 1024);
    head = buffer.subarray(0, (await file.read(buffer, 0, buffer.length, 0)).bytesRead);
    if ((await file.stat()).size > maxKernelBytes) throw new RangeError(`over ${maxKernelBytes} bytes`);
  } catch (cause) {
    throw new FirstbornError('host', `Cannot read the kernel "${path}"`, { cause });
  }
  if (head.length >= 0x300) {
    if (isBzImage(head)) return { path, release: bzImageRelease(head) };
    const release = await uncompressedRelease(path, head);
    if (release !== undefined) return { path, release };
  }
  throw new FirstbornError('host', `Cannot boot "${path}": expected a bzImage, a vmlinux or an arm64 Image`);
}
