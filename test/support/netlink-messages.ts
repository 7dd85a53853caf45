import type { Plan } from '../../addon/plan.ts';

const planHeaderBytes = 16;
/** opcode, flags, length, accepted errno values. */
const recordHeaderBytes = 16;
const netlinkOpcode = 22;

/** The netlink messages that a plan sends, taken out of its bytes. */
export function netlinkMessages(plan: Plan): Buffer[] {
  const bytes = Buffer.from(plan.bytes());
  const messages: Buffer[] = [];
  let at = planHeaderBytes;
  while (at < bytes.length) {
    const lengthAt = at + recordHeaderBytes + 8; // behind the protocol's number
    if (bytes.readUInt16LE(at) === netlinkOpcode) {
      const length = Number(bytes.readBigUInt64LE(lengthAt));
      messages.push(bytes.subarray(lengthAt + 8, lengthAt + 8 + length));
    }
    at += bytes.readUInt32LE(at + 4);
  }
  return messages;
}
