/** The messages of xenstore (xen/include/public/io/xs_wire.h). Numbers are little endian u32. */

export const messageTypes = { watch: 4, write: 11, watchEvent: 15, error: 16 } as const;

/** type, req_id, tx_id, len. */
export const headerBytes = 16;
/** XENSTORE_PAYLOAD_MAX. */
export const maxPayloadBytes = 4096;

function encodeMessage(type: number, requestId: number, content: string): Buffer {
  const payload = Buffer.from(content);
  if (payload.length > maxPayloadBytes) {
    throw new RangeError(`Cannot encode a xenstore message of ${payload.length} bytes`);
  }
  const header = Buffer.alloc(headerBytes);
  [type, requestId, 0, payload.length].forEach((word, index) => {
    header.writeUInt32LE(word, index * 4);
  });
  return Buffer.concat([header, payload]);
}

/** Asks to write `value` at `path`, which is below the domain's own directory unless it begins with a slash. */
export function encodeWrite(requestId: number, path: string, value: string): Buffer {
  return encodeMessage(messageTypes.write, requestId, `${path}\0${value}`);
}

/** Asks to be told, from now on, of every change at `path`; the first time at once. */
export function encodeWatch(requestId: number, path: string, token: string): Buffer {
  return encodeMessage(messageTypes.watch, requestId, `${path}\0${token}\0`);
}

/** A message from xenstored. */
export interface StoreReply {
  type: number;
  requestId: number;
  payload: string;
}

export type DecodedReply =
  | { state: 'incomplete' }
  | { state: 'complete'; reply: StoreReply; rest: Buffer }
  /** Longer than any message may be. */
  | { state: 'invalid' };

/** Takes the first message off what has been read. The payload is without the NUL that ends it. */
export function decodeReply(bytes: Buffer): DecodedReply {
  if (bytes.length < headerBytes) return { state: 'incomplete' };
  const payloadBytes = bytes.readUInt32LE(12);
  if (payloadBytes > maxPayloadBytes) return { state: 'invalid' };
  const endBytes = headerBytes + payloadBytes;
  if (bytes.length < endBytes) return { state: 'incomplete' };
  const payload = bytes.toString('utf8', headerBytes, endBytes).replace(/\0$/, '');
  return {
    state: 'complete',
    reply: { type: bytes.readUInt32LE(0), requestId: bytes.readUInt32LE(4), payload },
    rest: bytes.subarray(endBytes),
  };
}
