import { createHash } from 'node:crypto';
import { FirstbornError } from '../../protocol/errors.ts';
import type { RootEntry } from '../root-entry.ts';

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads a UUID in its usual text form. Throws a FirstbornError (`usage`). */
export function parseUuid(text: string): Buffer {
  if (!uuidPattern.test(text)) throw new FirstbornError('usage', `Cannot read "${text}" as a UUID`);
  return Buffer.from(text.replaceAll('-', ''), 'hex');
}

/**
 * Derives a volume's UUID from what is put into it, so that equal images have equal ids and different ones
 * differ: the first 16 bytes of a SHA-256 over entries and contents, marked as version 8 (RFC 9562, "custom").
 */
export class VolumeId {
  readonly #hash = createHash('sha256');

  /** Each line is JSON, and a line says how many bytes of content follow it: no two inputs read the same. */
  addEntry(entry: RootEntry): void {
    const { path, type, mode, uid, gid, mtimeSeconds, mtimeNanoseconds, sizeBytes, linkTarget } = entry;
    const xattrs = [...entry.xattrs]
      .map(([name, value]) => [name, value.toString('hex')])
      .toSorted(([left = ''], [right = '']) => (left < right ? -1 : 1));
    const fields = [type, mode, uid, gid, mtimeSeconds, mtimeNanoseconds, sizeBytes];
    const devices = [entry.devMajor ?? null, entry.devMinor ?? null];
    this.#hash.update(`${JSON.stringify([path, linkTarget ?? null, ...fields, ...devices, xattrs])}\n`);
  }

  addContent(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  /** Ends the hash. */
  finish(): Buffer {
    const uuid = this.#hash.digest().subarray(0, 16);
    uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x80;
    uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80;
    return uuid;
  }
}
