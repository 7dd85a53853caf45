import { crc32 } from 'node:zlib';
import { maxFramePayloadBytes } from './limits.ts';

/**
 * Frames: the unit of the channel, the same in both directions.
 *
 *     offset  size  field
 *          0     4  magic        46 42 C3 01 ("FB", a byte that is no ASCII, the format's number)
 *          4     1  type         see `frameTypes`
 *          5     3  reserved     zero
 *          8     4  stream       little endian; 0 for control frames
 *         12     4  length       little endian; bytes of payload, at most maxFramePayloadBytes
 *         16     4  payload CRC  CRC-32 (ISO-HDLC) of the payload
 *         20     4  header CRC   CRC-32 of bytes 0 to 19
 *         24     …  payload
 *
 * The header has a checksum of its own so that a damaged length is noticed at once: a receiver never waits
 * for bytes that a broken header merely promised. A receiver that finds no valid header skips one byte and
 * looks again, so it finds the next whole frame after any garbage and after a peer that vanished mid-frame.
 */
export const headerBytes = 24;
const magic = Buffer.from([0x46, 0x42, 0xc3, 0x01]);

export const frameTypes = {
  /** host → guest, JSON: opens a session. */
  hello: 1,
  /** guest → host, JSON: the session is open. */
  welcome: 2,
  /** guest → host, JSON: no common version, or a hello that can't be read. */
  refuse: 3,
  /** host → guest, JSON. */
  request: 4,
  /** guest → host, JSON. */
  response: 5,
  /** guest → host, JSON. */
  event: 6,
  /** either way: u64 offset of the first byte in the stream, then the bytes. */
  data: 7,
  /** either way: u64 offset at which the stream ends. */
  end: 8,
  /** either way: u64 offset up to which the peer may send on the stream. */
  credit: 9,
} as const;
export type FrameTypeName = keyof typeof frameTypes;

const typeNames = new Map<number, FrameTypeName>(
  (Object.entries(frameTypes) as [FrameTypeName, number][]).map(([name, value]) => [value, name]),
);

export interface Frame {
  type: FrameTypeName;
  stream: number;
  payload: Buffer;
}

/** Encodes one frame. Throws RangeError when the payload is over the limit: that is the caller's bug. */
export function encodeFrame(type: FrameTypeName, stream: number, payload: Uint8Array): Buffer {
  if (payload.length > maxFramePayloadBytes) {
    throw new RangeError(`Cannot encode a frame of ${payload.length} bytes, at most ${maxFramePayloadBytes}`);
  }
  const frame = Buffer.allocUnsafe(headerBytes + payload.length);
  magic.copy(frame, 0);
  frame.writeUInt32LE(frameTypes[type], 4); // one byte of type, three reserved bytes of zero
  frame.writeUInt32LE(stream, 8);
  frame.writeUInt32LE(payload.length, 12);
  frame.writeUInt32LE(crc32(payload), 16);
  frame.writeUInt32LE(crc32(frame.subarray(0, 20)), 20);
  frame.set(payload, headerBytes);
  return frame;
}

type HeaderState =
  | { state: 'incomplete' }
  | { state: 'invalid' }
  | { state: 'valid'; type: FrameTypeName | undefined; stream: number; length: number; payloadCrc: number };

function readHeader(bytes: Buffer): HeaderState {
  const comparable = Math.min(bytes.length, magic.length);
  if (magic.compare(bytes, 0, comparable, 0, comparable) !== 0) return { state: 'invalid' };
  if (bytes.length < headerBytes) return { state: 'incomplete' };
  if (crc32(bytes.subarray(0, 20)) !== bytes.readUInt32LE(20)) return { state: 'invalid' };
  const length = bytes.readUInt32LE(12);
  if (length > maxFramePayloadBytes) return { state: 'invalid' };
  return {
    state: 'valid',
    // Unknown types are skipped whole, so that a newer peer's frames do not look like garbage.
    type: typeNames.get(bytes.readUInt32LE(4)),
    stream: bytes.readUInt32LE(8),
    length,
    payloadCrc: bytes.readUInt32LE(16),
  };
}

/**
 * Takes the byte stream in any pieces and gives back the frames in it. Holds at most one frame's bytes plus
 * the last piece. Never throws on input.
 */
export class FrameDecoder {
  #pending: Buffer = Buffer.alloc(0);
  /** Bytes that belonged to no valid frame since the decoder was made. */
  skippedBytes = 0;

  push(piece: Uint8Array): Frame[] {
    let bytes: Buffer =
      this.#pending.length === 0 ? Buffer.from(piece) : Buffer.concat([this.#pending, piece]);
    const frames: Frame[] = [];
    while (bytes.length > 0) {
      const header = readHeader(bytes);
      if (header.state === 'incomplete') break;
      if (header.state === 'invalid') {
        bytes = this.#skipToMagic(bytes);
        continue;
      }
      const end = headerBytes + header.length;
      if (bytes.length < end) break;
      const payload = bytes.subarray(headerBytes, end);
      if (crc32(payload) !== header.payloadCrc) {
        bytes = this.#skipToMagic(bytes);
        continue;
      }
      if (header.type !== undefined) frames.push({ type: header.type, stream: header.stream, payload });
      bytes = bytes.subarray(end);
    }
    this.#pending = bytes;
    return frames;
  }

  /** Drops the first byte and everything up to the next possible magic. */
  #skipToMagic(bytes: Buffer): Buffer {
    const next = bytes.indexOf(magic[0] as number, 1);
    const skipped = next === -1 ? bytes.length : next;
    this.skippedBytes += skipped;
    return bytes.subarray(skipped);
  }
}

/** Encodes the payload of `credit` and `end` frames, or the head of a `data` payload. */
export function encodeOffset(offset: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64LE(BigInt(offset));
  return bytes;
}

/** Reads the u64 offset at the head of a payload; `undefined` when it is short or beyond 2^53. */
export function decodeOffset(payload: Buffer): number | undefined {
  if (payload.length < 8) return undefined;
  const offset = payload.readBigUInt64LE(0);
  return offset <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(offset) : undefined;
}

/** Encodes a control frame: JSON in UTF-8 on stream 0. */
export function encodeControl(type: FrameTypeName, message: unknown): Buffer {
  return encodeFrame(type, 0, Buffer.from(JSON.stringify(message)));
}

/** Encodes workload bytes that start at `offset` of their stream. */
export function encodeData(stream: number, offset: number, bytes: Uint8Array): Buffer {
  return encodeFrame('data', stream, Buffer.concat([encodeOffset(offset), bytes]));
}
