import { FirstbornError } from '../../protocol/errors.ts';
import { splitDigest, verifyDigest } from '../source/digest.ts';
import { type FileRange, readRange } from '../source/file-range.ts';
import type { ImageFiles } from '../source/image-files.ts';
import type { Descriptor } from './schemas.ts';

/** Finds the blob of a descriptor and checks its size. `what` names it: `manifest "sha256:…"`. */
export async function findBlob(files: ImageFiles, descriptor: Descriptor, what: string): Promise<FileRange> {
  const { algorithm, hex } = splitDigest(descriptor.digest);
  const range = await files.find(`blobs/${algorithm}/${hex}`);
  if (range === undefined) {
    const urls = descriptor.urls ?? [];
    const elsewhere = urls[0] === undefined ? '' : `; it is kept elsewhere: "${urls[0]}"`;
    throw new FirstbornError('image', `Cannot find ${what} in "${files.path}"${elsewhere}`);
  }
  if (range.lengthBytes !== descriptor.size) {
    throw new FirstbornError(
      'image',
      `Cannot accept ${what}: it has ${range.lengthBytes} bytes, wanted ${descriptor.size}`,
    );
  }
  return range;
}

/** Reads a small blob whole and checks size and digest. */
export async function readBlob(
  files: ImageFiles,
  descriptor: Descriptor,
  maxBytes: number,
  what: string,
): Promise<Buffer> {
  const bytes = await readRange(await findBlob(files, descriptor, what), maxBytes, what);
  verifyDigest(bytes, descriptor.digest, what);
  return bytes;
}

/** Reads a named file of the image whole. */
export async function readImageFile(files: ImageFiles, name: string, maxBytes: number): Promise<Buffer> {
  const range = await files.find(name);
  if (range === undefined) throw new FirstbornError('image', `Cannot find "${name}" in "${files.path}"`);
  return readRange(range, maxBytes, `"${name}" in "${files.path}"`);
}
