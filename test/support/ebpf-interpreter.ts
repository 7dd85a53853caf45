/** A request as struct bpf_cgroup_dev_ctx (linux/bpf.h) holds it. `type`: 1 block, 2 character; `access`: 1 m, 2 r, 4 w. */
export interface DeviceRequest {
  type: 1 | 2;
  access: number;
  major: number;
  minor: number;
}

interface Decoded {
  code: number;
  dst: number;
  src: number;
  offset: number;
  constant: number;
}

const instructionBytes = 8;
const exitCode = 0x95;
const jumpAlways = 0x05;
const isJump = (code: number): boolean => (code & 7) === 5 && code !== exitCode;

/** struct bpf_insn, one after the other. */
export function decodeInstructions(program: Uint8Array): Decoded[] {
  if (program.length % instructionBytes !== 0) throw new RangeError('Cannot decode half an instruction');
  const bytes = Buffer.from(program);
  return Array.from({ length: bytes.length / instructionBytes }, (_, index) => {
    const at = index * instructionBytes;
    const registers = bytes.readUInt8(at + 1);
    return {
      code: bytes.readUInt8(at),
      dst: registers & 0xf,
      src: registers >> 4,
      offset: bytes.readInt16LE(at + 2),
      constant: bytes.readInt32LE(at + 4),
    };
  });
}

/**
 * What the kernel's verifier demands of the shape: jumps go forward and stay inside, every instruction can be reached,
 * and the last one ends the program.
 */
export function checkControlFlow(program: Uint8Array): void {
  const instructions = decodeInstructions(program);
  const reached = new Set([0]);
  instructions.forEach(({ code, offset }, index) => {
    if (!reached.has(index)) throw new Error(`Instruction ${index} can't be reached`);
    if (isJump(code)) {
      if (offset < 0 || index + 1 + offset >= instructions.length) {
        throw new Error(`Instruction ${index} jumps to ${index + 1 + offset} of ${instructions.length}`);
      }
      reached.add(index + 1 + offset);
    }
    if (code !== exitCode && code !== jumpAlways) reached.add(index + 1);
  });
  if (instructions.at(-1)?.code !== exitCode)
    throw new Error('The last instruction does not end the program');
}

const asU64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const asU32 = (value: bigint): bigint => BigInt.asUintN(32, value);

/** The registers of one run. A register that was never written can't be read, as the verifier has it. */
class Registers {
  readonly #values: (bigint | undefined)[] = [];

  get(register: number): bigint {
    const value = this.#values[register];
    if (value === undefined) throw new Error(`Register ${register} was read before it was written`);
    return value;
  }

  set(register: number, value: bigint): void {
    this.#values[register] = asU64(value);
  }
}

/** One instruction; gives the number of instructions to pass over behind it. */
function step(instruction: Decoded, registers: Registers, context: Buffer): number {
  const { code, dst, src, offset } = instruction;
  const constant = BigInt(instruction.constant);
  switch (code) {
    case 0x61: // ldxw: the context is the only memory, and r1 its address
      if (src !== 1) throw new Error(`Cannot load from register ${src}`);
      registers.set(dst, BigInt(context.readUInt32LE(offset)));
      return 0;
    case 0x54: // and32
      registers.set(dst, asU32(registers.get(dst)) & asU32(constant));
      return 0;
    case 0x77: // rsh64
      registers.set(dst, registers.get(dst) >> constant);
      return 0;
    case 0xb7: // mov64
      registers.set(dst, constant);
      return 0;
    case jumpAlways:
      return offset;
    case 0x45: // jset
      return (registers.get(dst) & asU64(constant)) === 0n ? 0 : offset;
    case 0x55: // jne
      return registers.get(dst) === asU64(constant) ? 0 : offset;
    default:
      throw new Error(`Cannot run the instruction 0x${code.toString(16)}`);
  }
}

/** Runs a device program on a request and gives its r0. Throws for what the kernel's verifier would not load. */
export function runDeviceProgram(program: Uint8Array, request: DeviceRequest): number {
  const instructions = decodeInstructions(program);
  const context = Buffer.alloc(12);
  context.writeUInt32LE((request.access << 16) | request.type, 0);
  context.writeUInt32LE(request.major, 4);
  context.writeUInt32LE(request.minor, 8);
  const registers = new Registers();
  // Jumps only go forward, so a run is never longer than the program.
  for (let at = 0; at < instructions.length; at += 1) {
    const instruction = instructions[at];
    if (instruction === undefined) break;
    if (instruction.code === exitCode) return Number(registers.get(0));
    if (instruction.offset < 0) throw new Error('Cannot jump back');
    at += step(instruction, registers, context);
  }
  throw new Error('The program ended without an exit');
}
