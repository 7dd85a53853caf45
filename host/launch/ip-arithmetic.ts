import { addressBytes, type InterfaceAddress } from '../../protocol/network-address.ts';

/** The address as a number: 32 or 128 bits. Throws TypeError for anything that is no address. */
export function addressToNumber(address: string): bigint {
  return BigInt(`0x${Buffer.from(addressBytes(address)).toString('hex')}`);
}

/** Writes a number as an address; IPv6 as RFC 5952 recommends. */
export function numberToAddress(family: 4 | 6, value: bigint): string {
  return family === 4 ? formatIpv4(value) : formatIpv6(value);
}

function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
}

/** RFC 5952, section 4: no leading zeros, `::` for the longest run of two or more zero groups, lower case. */
function formatIpv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (groups[start + length] === '0') length += 1;
    if (length > best.length) best = { start, length };
  }
  if (best.length < 2) return groups.join(':');
  const head = groups.slice(0, best.start).join(':');
  return `${head}::${groups.slice(best.start + best.length).join(':')}`;
}

/** A network as the range of its addresses; both ends belong to it. */
export interface NetworkRange {
  family: 4 | 6;
  prefixLength: number;
  first: bigint;
  last: bigint;
}

/** The network that an interface address is in. */
export function networkOf({ family, address, prefixLength }: InterfaceAddress): NetworkRange {
  const hostBits = BigInt((family === 4 ? 32 : 128) - prefixLength);
  const first = (addressToNumber(address) >> hostBits) << hostBits;
  return { family, prefixLength, first, last: first + (1n << hostBits) - 1n };
}

/** `10.0.2.0/24`. */
export function formatNetwork({ family, first, prefixLength }: NetworkRange): string {
  return `${numberToAddress(family, first)}/${prefixLength}`;
}
