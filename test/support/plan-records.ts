import type { Plan } from '../../addon/plan.ts';

const planHeaderBytes = 16;
/** Opcode, flags, length, accepted errno values. */
const recordHeaderBytes = 16;

/** One operation as it lies in the bytes of a plan. */
export interface PlanRecord {
  opcode: number;
  /** Whether a failure is a warning only. */
  warns: boolean;
  /** Errno values that count as success. */
  accepted: number[];
  arguments: Buffer;
}

/** Takes a plan's bytes apart, without knowing what the operations mean. */
export function planRecords(plan: Plan): PlanRecord[] {
  const bytes = Buffer.from(plan.bytes());
  const records: PlanRecord[] = [];
  for (let at = planHeaderBytes; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    records.push({
      opcode: bytes.readUInt16LE(at),
      warns: bytes.readUInt16LE(at + 2) === 1,
      accepted: [8, 10, 12, 14]
        .map((offset) => bytes.readUInt16LE(at + offset))
        .filter((errno) => errno !== 0),
      arguments: bytes.subarray(at + recordHeaderBytes, at + length),
    });
    at += length;
  }
  return records;
}

const netlinkOpcode = 22;

/** The netlink messages that a plan sends: behind the protocol's number, a u64 length and the bytes. */
export function netlinkMessages(plan: Plan): Buffer[] {
  return planRecords(plan)
    .filter((record) => record.opcode === netlinkOpcode)
    .map(({ arguments: bytes }) => bytes.subarray(16, 16 + Number(bytes.readBigUInt64LE(8))));
}
