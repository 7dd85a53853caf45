/** A struct input_event as a 64-bit kernel writes it. */
export function inputEvent(type: number, code: number, value: number): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeBigUInt64LE(1_795_334_286n, 0);
  bytes.writeBigUInt64LE(88_841n, 8);
  bytes.writeUInt16LE(type, 16);
  bytes.writeUInt16LE(code, 18);
  bytes.writeInt32LE(value, 20);
  return bytes;
}
