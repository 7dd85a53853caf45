import { isUtf8 } from 'node:buffer';

/**
 * Linux names are bytes, JavaScript's strings are not. A byte that is no valid UTF-8 becomes a lone surrogate
 * U+DC80…U+DCFF (Python calls this "surrogateescape", PEP 383), so every name survives the round trip and
 * ordinary ones look as usual. Use these two functions wherever a path, a link target or the name of an
 * extended attribute crosses between bytes and text.
 */
const escapeBase = 0xdc00;

/** Bytes of a path as text. Never fails. */
export function decodePathBytes(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  let text = '';
  for (let offset = 0; offset < bytes.length; ) {
    const lengthBytes = validSequenceLength(bytes, offset);
    const end = offset + Math.max(lengthBytes, 1);
    text +=
      lengthBytes > 0
        ? Buffer.from(bytes.subarray(offset, end)).toString('utf8')
        : String.fromCharCode(escapeBase + (bytes[offset] ?? 0));
    offset = end;
  }
  return text;
}

/** The bytes that `decodePathBytes` read; plain UTF-8 for ordinary text. */
export function encodePathBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  // Iterating by code point keeps pairs together and yields lone surrogates one by one.
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const escaped = code >= escapeBase + 0x80 && code <= escapeBase + 0xff;
    parts.push(escaped ? Buffer.of(code - escapeBase) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** Length in bytes of the UTF-8 sequence at `offset`, 0 when there is none. */
function validSequenceLength(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset] ?? 0;
  const lengthBytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const sequence = bytes.subarray(offset, offset + lengthBytes);
  return sequence.length === lengthBytes && isUtf8(sequence) ? lengthBytes : 0;
}
