/** linux/input-event-codes.h. */
const EV_KEY = 1;
export const KEY_POWER = 116;
const keyPressed = 1;

/** struct input_event of a 64-bit kernel: two words of time, u16 type, u16 code, s32 value. */
export const inputEventBytes = 24;
const typeOffset = 16;
const codeOffset = 18;
const valueOffset = 20;
const wordBits = 64n;

/** Whether the bytes, as read from /dev/input/event*, tell of the press of `code`; letting go is none. */
export function hasKeyPress(bytes: Buffer, code: number): boolean {
  for (let at = 0; at + inputEventBytes <= bytes.length; at += inputEventBytes) {
    if (
      bytes.readUInt16LE(at + typeOffset) === EV_KEY &&
      bytes.readUInt16LE(at + codeOffset) === code &&
      bytes.readInt32LE(at + valueOffset) === keyPressed
    ) {
      return true;
    }
  }
  return false;
}

/**
 * Whether a device has a key, by /sys/class/input/eventN/device/capabilities/key: hexadecimal words of 64 bits, the most
 * significant first, those at the front left out while they are zero.
 */
export function hasKey(bitmap: string, code: number): boolean {
  const words = bitmap.trim().split(/\s+/);
  const word = words.at(-1 - Math.floor(code / Number(wordBits)));
  if (word === undefined || !/^[0-9a-f]+$/.test(word)) return false;
  return ((BigInt(`0x${word}`) >> (BigInt(code) % wordBits)) & 1n) === 1n;
}
