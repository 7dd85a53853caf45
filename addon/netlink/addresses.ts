/** linux/socket.h */
export const AF_INET = 2;
export const AF_INET6 = 10;

export type AddressFamily = 4 | 6;

/** AF_INET or AF_INET6. Throws RangeError when `bytes` has not the family's length. */
export function familyNumber(family: AddressFamily, bytes: Uint8Array): number {
  const expected = family === 4 ? 4 : 16;
  if (bytes.length !== expected) {
    throw new RangeError(`Cannot use ${bytes.length} bytes as an IPv${family} address, expected ${expected}`);
  }
  return family === 4 ? AF_INET : AF_INET6;
}

export function checkPrefixLength(family: AddressFamily, prefixLength: number): void {
  const most = family === 4 ? 32 : 128;
  if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > most) {
    throw new RangeError(
      `Cannot use ${prefixLength} as an IPv${family} prefix length, expected 0 to ${most}`,
    );
  }
}

export function checkInterfaceIndex(index: number): void {
  if (!Number.isInteger(index) || index < 1 || index > 0x7fff_ffff) {
    throw new RangeError(`Cannot use ${index} as an interface index, expected 1 to 2147483647`);
  }
}

/** The last address of an IPv4 network: every host bit set. */
export function broadcastAddress(address: Uint8Array, prefixLength: number): Uint8Array {
  return address.map((byte, index) => {
    const networkBits = Math.min(8, Math.max(0, prefixLength - index * 8));
    return byte | (0xff >> networkBits);
  });
}

/** The network that an address belongs to: every host bit cleared, as routes want their destination. */
export function networkAddress(address: Uint8Array, prefixLength: number): Uint8Array {
  return address.map((byte, index) => {
    const networkBits = Math.min(8, Math.max(0, prefixLength - index * 8));
    return byte & ~(0xff >> networkBits);
  });
}
