/** The Castagnoli polynomial, bit-reversed. */
const polynomial = 0x82f63b78;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? polynomial : 0);
  return remainder;
});

/**
 * CRC-32C as the kernel's `crc32c(~0, …)` computes it: started with all ones and, unlike the checksum of the
 * same name in RFC 3720, not inverted at the end. Made for a superblock, not for bulk data.
 */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] as number);
  return crc >>> 0;
}
