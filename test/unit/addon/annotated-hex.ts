/** Bytes from lines such as `10 00  rta_len 16`: two-digit hex first, then two spaces and a comment. */
export function annotatedHex(text: string): Buffer {
  const digits = text
    .split('\n')
    .map((line) => line.trim().split('  ')[0] ?? '')
    .join(' ')
    .replaceAll(' ', '');
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new TypeError(`Cannot read "${digits}" as hexadecimal bytes`);
  return Buffer.from(digits, 'hex');
}
