import { decodePathBytes, encodePathBytes } from '../path-bytes.ts';

/** One record of a pax extended header. Values stay bytes: `security.capability` is binary. */
export interface PaxRecord {
  readonly key: string;
  readonly value: Buffer;
}

/**
 * Reads the records `LENGTH KEY=VALUE\n` of an extended header (POSIX pax(1), "pax Extended Header"). In order
 * and with repetitions, because sparse format 0.0 repeats keys. Throws RangeError for anything malformed.
 */
export function decodePaxRecords(bytes: Buffer): PaxRecord[] {
  const records: PaxRecord[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    // Some writers pad with NUL instead of stopping at the length they announced.
    if (bytes[offset] === 0) break;
    const space = bytes.indexOf(0x20, offset);
    const digits = space === -1 ? '' : bytes.toString('latin1', offset, space);
    const lengthBytes = /^\d{1,8}$/.test(digits) ? Number(digits) : 0;
    const end = offset + lengthBytes;
    const equals = bytes.indexOf(0x3d, space);
    if (
      lengthBytes === 0 ||
      end > bytes.length ||
      equals === -1 ||
      equals >= end ||
      bytes[end - 1] !== 0x0a
    ) {
      throw new RangeError('a pax header is malformed');
    }
    records.push({
      key: decodePathBytes(bytes.subarray(space + 1, equals)),
      value: bytes.subarray(equals + 1, end - 1),
    });
    offset = end;
  }
  return records;
}

/** Writes one record. The length counts its own digits. */
export function encodePaxRecord(key: string, value: Uint8Array): Buffer {
  const body = Buffer.concat([
    Buffer.from(' '),
    encodePathBytes(key),
    Buffer.from('='),
    value,
    Buffer.from('\n'),
  ]);
  let lengthBytes = body.length + 1;
  while (body.length + String(lengthBytes).length !== lengthBytes) {
    lengthBytes = body.length + String(lengthBytes).length;
  }
  return Buffer.concat([Buffer.from(String(lengthBytes)), body]);
}

/** A point in time as pax writes it: `-1.5`, `1700000000.000000001`. */
export interface PaxTime {
  seconds: number;
  nanoseconds: number;
}

/** Reads a time; nanoseconds count upwards from the second below, also before 1970. */
export function decodePaxTime(text: string): PaxTime {
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(text);
  if (match === null) throw new RangeError(`a pax header has "${text}" where a time belongs`);
  const seconds = Number(match[2]);
  const nanoseconds = Number((match[3] ?? '').padEnd(9, '0').slice(0, 9));
  if (match[1] !== '-') return { seconds, nanoseconds };
  return nanoseconds === 0
    ? { seconds: 0 - seconds, nanoseconds: 0 }
    : { seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds };
}

/** Writes a time; whole seconds have no fraction. */
export function encodePaxTime(time: PaxTime): string {
  if (time.nanoseconds === 0) return String(time.seconds);
  const negative = time.seconds < 0;
  const seconds = negative ? -time.seconds - 1 : time.seconds;
  const nanoseconds = negative ? 1_000_000_000 - time.nanoseconds : time.nanoseconds;
  const fraction = String(nanoseconds).padStart(9, '0').replace(/0+$/, '');
  return `${negative ? '-' : ''}${seconds}.${fraction}`;
}

/** Reads a non-negative decimal number such as a size or a user id. */
export function decodePaxNumber(key: string, value: Buffer): number {
  const text = value.toString('latin1');
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new RangeError(`a pax header has "${text}" for "${key}"`);
  return number;
}
