/** Below this a table is used: loading zlib costs process 1 some 15 million instructions. */
const tableBelowBytes = 4096;
/** The reversed polynomial of CRC-32/ISO-HDLC. */
const polynomial = 0xedb8_8320;

let table: Uint32Array | undefined;
let zlibCrc32: ((bytes: Uint8Array) => number) | undefined;

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit += 1)
      remainder = (remainder & 1) === 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
    return remainder;
  });
}

function tableCrc32(bytes: Uint8Array): number {
  table ??= makeTable();
  let remainder = 0xffff_ffff;
  // By index: an iterator costs more than the sum itself.
  for (let index = 0; index < bytes.length; index += 1)
    remainder = (remainder >>> 8) ^ (table[(remainder ^ (bytes[index] as number)) & 0xff] as number);
  return ~remainder >>> 0;
}

/** CRC-32 (ISO-HDLC) of `bytes`, as an unsigned number. Pure. */
export function crc32(bytes: Uint8Array): number {
  if (zlibCrc32 === undefined) {
    if (bytes.length < tableBelowBytes) return tableCrc32(bytes);
    // From the first large payload on: zlib is faster for all of them.
    zlibCrc32 = process.getBuiltinModule('node:zlib').crc32;
  }
  return zlibCrc32(bytes);
}
