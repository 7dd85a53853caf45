import { FirstbornError } from '../../protocol/errors.ts';
import { maxDataBlocks, maxSaltBytes, verityBlockBytes } from '../../protocol/verity.ts';

/**
 * The head of a hash area, as veritysetup(8) writes and reads it. The guest does not read it: what it is told comes
 * with the root hash. All numbers are little-endian.
 */
export interface VeritySuperblock {
  uuid: Buffer;
  dataBlocks: number;
  salt: Buffer;
}

export const superblockBytes = 512;

const signature = Buffer.from('verity\0\0', 'latin1');
const algorithm = 'sha256';
/** Offsets. */
const fields = {
  version: 8,
  /** 1 for the normal tree, 0 for Chrome OS' old one. */
  hashType: 12,
  uuid: 16,
  algorithm: 32,
  dataBlockBytes: 64,
  hashBlockBytes: 68,
  dataBlocks: 72,
  saltBytes: 80,
  salt: 88,
} as const;
const algorithmBytes = 32;
const uuidBytes = 16;

/** Puts a superblock together: 512 bytes. Pure. */
export function encodeSuperblock({ uuid, dataBlocks, salt }: VeritySuperblock): Buffer {
  const bytes = Buffer.alloc(superblockBytes);
  bytes.set(signature);
  bytes.writeUInt32LE(1, fields.version);
  bytes.writeUInt32LE(1, fields.hashType);
  bytes.set(uuid, fields.uuid);
  bytes.write(algorithm, fields.algorithm, 'latin1');
  bytes.writeUInt32LE(verityBlockBytes, fields.dataBlockBytes);
  bytes.writeUInt32LE(verityBlockBytes, fields.hashBlockBytes);
  bytes.writeBigUInt64LE(BigInt(dataBlocks), fields.dataBlocks);
  bytes.writeUInt16LE(salt.length, fields.saltBytes);
  bytes.set(salt, fields.salt);
  return bytes;
}

function readAlgorithm(bytes: Buffer): string {
  const name = bytes.toString('latin1', fields.algorithm, fields.algorithm + algorithmBytes);
  return name.replace(/\0.*$/s, '');
}

/**
 * Reads a superblock. Throws a FirstbornError of code `host` that says what `bytes` are instead, or which kind of tree
 * is not supported: `where` names them.
 */
export function decodeSuperblock(bytes: Buffer, where: string): VeritySuperblock {
  const refuse = (reason: string): FirstbornError =>
    new FirstbornError('host', `Cannot use the hash tree in ${where}: ${reason}`);
  if (bytes.length < superblockBytes || !bytes.subarray(0, signature.length).equals(signature)) {
    throw refuse('there is no superblock of veritysetup(8)');
  }
  const version = bytes.readUInt32LE(fields.version);
  const hashType = bytes.readUInt32LE(fields.hashType);
  if (version !== 1 || hashType !== 1) {
    throw refuse(`expected version 1 and hash type 1 in place of ${version} and ${hashType}`);
  }
  const name = readAlgorithm(bytes);
  if (name !== algorithm) throw refuse(`expected the algorithm "${algorithm}" in place of "${name}"`);
  const blockSizes = [bytes.readUInt32LE(fields.dataBlockBytes), bytes.readUInt32LE(fields.hashBlockBytes)];
  if (blockSizes.some((size) => size !== verityBlockBytes)) {
    throw refuse(`expected blocks of ${verityBlockBytes} bytes in place of ${blockSizes.join(' and ')}`);
  }
  const dataBlocks = bytes.readBigUInt64LE(fields.dataBlocks);
  if (dataBlocks < 1n || dataBlocks > BigInt(maxDataBlocks)) {
    throw refuse(`it is for ${dataBlocks} blocks`);
  }
  const saltBytes = bytes.readUInt16LE(fields.saltBytes);
  if (saltBytes > maxSaltBytes) throw refuse(`its salt has ${saltBytes} bytes`);
  return {
    uuid: Buffer.from(bytes.subarray(fields.uuid, fields.uuid + uuidBytes)),
    dataBlocks: Number(dataBlocks),
    salt: Buffer.from(bytes.subarray(fields.salt, fields.salt + saltBytes)),
  };
}
