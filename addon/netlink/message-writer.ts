/**
 * Writes one netlink message. Numbers are in host order, which is little endian on every machine that
 * Firstborn runs on; addresses are given and kept in network order.
 */

/** linux/netlink.h */
export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_CREATE = 0x400;

const headerBytes = 16;
/** Every request has a socket of its own, so one number serves them all. */
const sequence = 1;

/** The part between netlink header and attributes, and the attributes themselves. */
export interface NetlinkMessage {
  /** RTM_* */
  type: number;
  /** NLM_F_* on top of NLM_F_REQUEST | NLM_F_ACK. */
  flags: number;
  /** ifinfomsg, ifaddrmsg, rtmsg or ndmsg. */
  body: Uint8Array;
  attributes: readonly (readonly [type: number, value: Uint8Array])[];
}

const aligned = (length: number): number => (length + 3) & ~3;

/** The message's bytes: nlmsghdr, body, attributes, each padded to four bytes. netlink(7), rtnetlink(7). */
export function encodeNetlinkMessage(message: NetlinkMessage): Uint8Array {
  const attributesBytes = message.attributes.reduce((sum, [, value]) => sum + aligned(4 + value.length), 0);
  const length = headerBytes + aligned(message.body.length) + attributesBytes;
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32LE(length, 0); // nlmsg_len
  bytes.writeUInt16LE(message.type, 4); // nlmsg_type
  bytes.writeUInt16LE(NLM_F_REQUEST | NLM_F_ACK | message.flags, 6); // nlmsg_flags
  bytes.writeUInt32LE(sequence, 8); // nlmsg_seq
  bytes.writeUInt32LE(0, 12); // nlmsg_pid: the kernel
  bytes.set(message.body, headerBytes);
  let offset = headerBytes + aligned(message.body.length);
  for (const [type, value] of message.attributes) {
    bytes.writeUInt16LE(4 + value.length, offset); // rta_len, without padding
    bytes.writeUInt16LE(type, offset + 2); // rta_type
    bytes.set(value, offset + 4);
    offset += aligned(4 + value.length);
  }
  return bytes;
}

/** A u32 attribute value. */
export function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
