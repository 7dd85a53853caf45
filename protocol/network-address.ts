/** An address with the length of its network's prefix. */
export interface InterfaceAddress {
  family: 4 | 6;
  address: string;
  prefixLength: number;
}

/** Reads `10.0.2.15/24` or `fd00::2/64`. Returns `undefined` for anything else; a prefix must be there. */
export function parseInterfaceAddress(text: string): InterfaceAddress | undefined {
  const slash = text.indexOf('/');
  if (slash === -1) return undefined;
  const address = text.slice(0, slash);
  const prefix = text.slice(slash + 1);
  const family = addressFamily(address);
  if (family === undefined || !/^(0|[1-9]\d{0,2})$/.test(prefix)) return undefined;
  const prefixLength = Number(prefix);
  if (prefixLength > (family === 4 ? 32 : 128)) return undefined;
  return { family, address, prefixLength };
}

/** 4, 6, or `undefined` when the text is no plain address (a zone such as `%eth0` is not plain). */
export function addressFamily(text: string): 4 | 6 | undefined {
  if (ipv4Pattern.test(text)) return 4;
  return isIpv6(text) ? 6 : undefined;
}

const byte = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4Pattern = new RegExp(`^(?:${byte}\\.){3}${byte}$`);

/** As `isIP` of node:net says it, which init does without: it brings all of Node's streams with it. */
function isIpv6(text: string): boolean {
  const halves = text.split('::');
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const hasIpv4 = halves.at(-1) !== '' && ipv4Pattern.test(groups.at(-1) ?? '');
  const hexGroups = hasIpv4 ? groups.slice(0, -1) : groups;
  if (halves.length > 2 || !hexGroups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  const count = hexGroups.length + (hasIpv4 ? 2 : 0);
  return halves.length === 2 ? count <= 7 : count === 8;
}

/** The address as network-order bytes: 4 or 16. Throws TypeError for anything `addressFamily` refuses. */
export function addressBytes(text: string): Uint8Array {
  const family = addressFamily(text);
  if (family === undefined) throw new TypeError(`Cannot read "${text}" as an IP address`);
  return family === 4 ? ipv4Bytes(text) : ipv6Bytes(text);
}

function ipv4Bytes(text: string): Uint8Array {
  return Uint8Array.from(text.split('.'), Number);
}

/** RFC 4291, section 2.2: `::` stands once for the zeros that are missing; the tail may be dotted IPv4. */
function ipv6Bytes(text: string): Uint8Array {
  const [head = '', tail] = text.split('::');
  const headBytes = ipv6Groups(head);
  if (tail === undefined) return Uint8Array.from(headBytes);
  const tailBytes = ipv6Groups(tail);
  const bytes = new Uint8Array(16);
  bytes.set(headBytes, 0);
  bytes.set(tailBytes, 16 - tailBytes.length);
  return bytes;
}

function ipv6Groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return [...ipv4Bytes(group)];
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
