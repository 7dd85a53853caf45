import { crc32 } from './checksum.ts';
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
  /** guest → host, JSON: metrics, as often as they were asked for. Never repeated. */
  sample: 10,
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

/**
 * Encodes one frame; the payload may come in pieces. Throws RangeError when it is over the limit: that is the
 * caller's bug.
 */
export function encodeFrame(type: FrameTypeName, stream: number, ...pieces: Uint8Array[]): Buffer {
  const lengthBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (lengthBytes > maxFramePayloadBytes) {
    throw new RangeError(`Cannot encode a frame of ${lengthBytes} bytes, at most ${maxFramePayloadBytes}`);
  }
  const frame = Buffer.allocUnsafe(headerBytes + lengthBytes);
  let end = headerBytes;
  for (const piece of pieces) {
    frame.set(piece, end);
    end += piece.length;
  }
  writeHeader(frame, type, stream);
  return frame;
}

/** Writes the header of a frame whose payload is in place. */
function writeHeader(frame: Buffer, type: FrameTypeName, stream: number): void {
  magic.copy(frame, 0);
  frame.writeUInt32LE(frameTypes[type], 4); // one byte of type, three reserved bytes of zero
  frame.writeUInt32LE(stream, 8);
  frame.writeUInt32LE(frame.length - headerBytes, 12);
  frame.writeUInt32LE(crc32(frame.subarray(headerBytes)), 16);
  frame.writeUInt32LE(crc32(frame.subarray(0, 20)), 20);
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
  return encodeFrame('data', stream, encodeOffset(offset), bytes);
}

/**
 * The same for a sender of many that lets go of each before the next: all are encoded into one buffer, so that a fast
 * stream leaves no garbage. The frame is valid until the next call.
 */
export function makeDataEncoder(): typeof encodeData {
  const buffer = Buffer.allocUnsafeSlow(headerBytes + maxFramePayloadBytes);
  return (stream, offset, bytes) => {
    // Throws RangeError for a payload over the limit: the buffer ends there.
    buffer.set(bytes, headerBytes + 8);
    buffer.writeBigUInt64LE(BigInt(offset), headerBytes);
    const frame = buffer.subarray(0, headerBytes + 8 + bytes.length);
    writeHeader(frame, 'data', stream);
    return frame;
  };
}

type FoundFrame =
  | { state: 'incomplete'; neededBytes: number }
  | { state: 'invalid' }
  | { state: 'whole'; type: FrameTypeName | undefined; stream: number; payload: Buffer };

/** Reads the frame at the front of `bytes`. The payload is a view. */
function readFrame(bytes: Buffer): FoundFrame {
  const comparable = Math.min(bytes.length, magic.length);
  if (magic.compare(bytes, 0, comparable, 0, comparable) !== 0) return { state: 'invalid' };
  if (bytes.length < headerBytes) return { state: 'incomplete', neededBytes: bytes.length + 1 };
  if (crc32(bytes.subarray(0, 20)) !== bytes.readUInt32LE(20)) return { state: 'invalid' };
  const length = bytes.readUInt32LE(12);
  if (length > maxFramePayloadBytes) return { state: 'invalid' };
  const end = headerBytes + length;
  if (bytes.length < end) return { state: 'incomplete', neededBytes: end };
  const payload = bytes.subarray(headerBytes, end);
  if (crc32(payload) !== bytes.readUInt32LE(16)) return { state: 'invalid' };
  return {
    state: 'whole',
    type: typeNames.get(bytes.readUInt32LE(4)),
    stream: bytes.readUInt32LE(8),
    payload,
  };
}

/** A frame that is still incomplete after this time may be one that its sender never finished. */
export const frameStallMs = 1_000;

/**
 * Takes the byte stream in any pieces and gives back the frames in it. Holds at most one frame's bytes plus
 * the last piece. Never throws on input.
 */
export class FrameDecoder {
  /** The first `#usedBytes` of it wait for the rest of their frame. */
  #buffer: Buffer = Buffer.alloc(0);
  #usedBytes = 0;
  /** So many bytes must be there before another look makes sense. */
  #neededBytes = 1;
  /** Since when a whole header waits for its payload, by performance.now(). */
  #waitingSinceMs: number | undefined;
  /** Bytes that belonged to no valid frame since the decoder was made. */
  skippedBytes = 0;

  push(piece: Uint8Array): Frame[] {
    if (this.#usedBytes === 0) return this.#decode(Buffer.from(piece));
    this.#append(piece);
    return this.#usedBytes < this.#neededBytes ? [] : this.#decode(this.#pending);
  }

  /** For how long a frame has been waiting for the rest of its payload; 0 when none is. */
  get incompleteForMs(): number {
    return this.#waitingSinceMs === undefined ? 0 : performance.now() - this.#waitingSinceMs;
  }

  /**
   * For a frame whose sender may have vanished in the middle of it: what its payload swallows can be the next
   * sender's opening. When a whole frame of `type` is among the bytes that wait, everything before it is
   * skipped and decoding goes on with it; otherwise nothing changes, because the sender may only be slow.
   */
  takeInside(type: FrameTypeName): Frame[] {
    const bytes = this.#pending;
    for (let start = bytes.indexOf(magic, 1); start !== -1; start = bytes.indexOf(magic, start + 1)) {
      const found = readFrame(bytes.subarray(start));
      if (found.state !== 'whole' || found.type !== type) continue;
      this.skippedBytes += start;
      return this.#decode(bytes.subarray(start));
    }
    return [];
  }

  /** Forgets a frame that waits: the transport has told that its rest will never come. */
  reset(): void {
    this.skippedBytes += this.#usedBytes;
    this.#keep(Buffer.alloc(0));
  }

  get #pending(): Buffer {
    return this.#buffer.subarray(0, this.#usedBytes);
  }

  #decode(whole: Buffer): Frame[] {
    const frames: Frame[] = [];
    let bytes = whole;
    while (bytes.length > 0) {
      const found = readFrame(bytes);
      if (found.state === 'incomplete') {
        this.#keep(bytes, found.neededBytes);
        return frames;
      }
      if (found.state === 'invalid') {
        bytes = this.#skipToMagic(bytes);
        continue;
      }
      // Unknown types are skipped whole, so that a newer peer's frames do not look like garbage.
      const { type, stream, payload } = found;
      if (type !== undefined) frames.push({ type, stream, payload });
      bytes = bytes.subarray(headerBytes + payload.length);
    }
    this.#keep(bytes);
    return frames;
  }

  /** Keeps what is too short. It is a view; the next piece moves it, because frames own the bytes before. */
  #keep(bytes: Buffer, neededBytes = 1): void {
    this.#buffer = bytes;
    this.#usedBytes = bytes.length;
    this.#neededBytes = neededBytes;
    this.#waitingSinceMs = neededBytes > headerBytes ? performance.now() : undefined;
  }

  /** Appends without copying all that waits for every small piece of a large frame. */
  #append(piece: Uint8Array): void {
    const usedBytes = this.#usedBytes + piece.length;
    if (usedBytes > this.#buffer.length) {
      const pending = this.#pending;
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(usedBytes, this.#neededBytes));
      this.#buffer.set(pending);
    }
    this.#buffer.set(piece, this.#usedBytes);
    this.#usedBytes = usedBytes;
  }

  /** Drops the first byte and everything up to the next possible magic. */
  #skipToMagic(bytes: Buffer): Buffer {
    const next = bytes.indexOf(magic[0] as number, 1);
    const skipped = next === -1 ? bytes.length : next;
    this.skippedBytes += skipped;
    return bytes.subarray(skipped);
  }
}
