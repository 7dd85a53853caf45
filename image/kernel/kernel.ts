import { open, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { FirstbornError } from '../../protocol/errors.ts';

export interface KernelFile {
  path: string;
  /** As `uname -r` will say; `undefined` when the file does not tell (a compressed image without a header). */
  release: string | undefined;
}

const maxKernelBytes = 512 * 1024 * 1024;

/** x86 boot protocol (Documentation/arch/x86/boot.rst): `HdrS` at 0x202, kernel_version's offset at 0x20e. */
function bzImageRelease(head: Buffer): string | undefined {
  if (head.toString('latin1', 0x202, 0x206) !== 'HdrS') return undefined;
  const at = head.readUInt16LE(0x20e) + 0x200;
  return /^\S+/.exec(head.toString('latin1', at, head.indexOf(0, at)))?.[0];
}

/** Uncompressed images carry the banner of /proc/version. */
function bannerRelease(bytes: Buffer): string | undefined {
  const at = bytes.indexOf('Linux version ');
  return at === -1 ? undefined : /^Linux version (\S+)/.exec(bytes.toString('latin1', at, at + 256))?.[1];
}

const isElfImage = (head: Buffer): boolean => head.readUInt32BE(0) === 0x7f454c46;
/** Documentation/arch/arm64/booting.rst: the magic "ARM\x64" at offset 56. */
const isArm64Image = (head: Buffer): boolean => head.readUInt32LE(56) === 0x644d5241;
const isGzip = (head: Buffer): boolean => head.readUInt16BE(0) === 0x1f8b;

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
    const release = bzImageRelease(head);
    if (release !== undefined) return { path, release };
    if (isElfImage(head) || isArm64Image(head)) return { path, release: bannerRelease(await readFile(path)) };
    if (isGzip(head)) {
      const image = await promisify(gunzip)(await readFile(path), { maxOutputLength: maxKernelBytes });
      return { path, release: bannerRelease(image) };
    }
  }
  throw new FirstbornError('host', `Cannot boot "${path}": expected a bzImage, a vmlinux or an arm64 Image`);
}
