import * as z from 'zod/mini';
import { lazySchema } from './lazy-schema.ts';

/** Data and hash blocks of every verified disk; what the kernel's pages are on all guests. */
export const verityBlockBytes = 4096;
/** The kernel's bound on a salt (Documentation/admin-guide/device-mapper/verity.rst). */
export const maxSaltBytes = 256;
/** With so many blocks, and with their tree, offsets in bytes stay exact in a JSON number. */
export const maxDataBlocks = 2 ** 40;

/** The hashes of a disk's own content stand behind it. */
function hashesFollowData(verity: { dataBlocks: number; hashOffsetBytes: number }): boolean {
  return verity.hashOffsetBytes >= verity.dataBlocks * verityBlockBytes;
}

const verityConfig = () =>
  z
    .strictObject({
      /** Digest of the tree's topmost block: stands for every byte of the data. */
      rootHash: z.string().check(z.regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')),
      /** Bytes in hexadecimal that are hashed before each block; may be empty. */
      salt: z
        .string()
        .check(z.regex(/^([0-9a-f]{2}){0,256}$/, `expected at most ${maxSaltBytes} bytes in hexadecimal`)),
      algorithm: z.literal('sha256'),
      /** Blocks of data, from the disk's first byte on. */
      dataBlocks: z.int().check(z.minimum(1), z.maximum(maxDataBlocks)),
      /** Where on the same disk the superblock of the hashes is; the tree begins in the next block. */
      hashOffsetBytes: z
        .int()
        .check(z.minimum(verityBlockBytes), z.multipleOf(verityBlockBytes, 'expected a multiple of 4096')),
      blockSizeBytes: z.literal(verityBlockBytes),
    })
    .check(
      z.refine(hashesFollowData, {
        error: 'expected an offset behind the data',
        path: ['hashOffsetBytes'],
      }),
    );

/**
 * A disk whose every block is checked when it is read, by a dm-verity hash tree on the same disk (version 1, SHA-256).
 * What the tree does not vouch for reads as an I/O error.
 */
export const VerityConfig = lazySchema(verityConfig);
export type VerityConfig = z.infer<typeof VerityConfig>;
