/**
 * The instructions of eBPF that a device program needs (linux/bpf.h, struct bpf_insn: code, registers, a jump's or a
 * load's offset, a constant). Registers: r0 is the result, r1 the context.
 */
export const codes = {
  /** dst = *(u32 *)(src + offset) */
  loadWord: 0x61,
  /** dst &= constant, 32 bits; the upper half becomes 0 */
  and32: 0x54,
  /** dst >>= constant */
  shiftRight: 0x77,
  /** dst = constant */
  move: 0xb7,
  jump: 0x05,
  /** to offset if dst & constant */
  jumpIfSet: 0x45,
  /** to offset if dst != constant */
  jumpIfNotEqual: 0x55,
  exit: 0x95,
} as const;

export const instructionBytes = 8;

export interface Instruction {
  code: number;
  dst?: number;
  src?: number;
  /** For jumps: instructions to pass over. */
  offset?: number;
  constant?: number;
}

/** The program as the kernel reads it on a little-endian machine. */
export function assemble(instructions: readonly Instruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(instructions.length * instructionBytes));
  instructions.forEach(({ code, dst = 0, src = 0, offset = 0, constant = 0 }, index) => {
    const at = index * instructionBytes;
    view.setUint8(at, code);
    view.setUint8(at + 1, dst | (src << 4));
    view.setInt16(at + 2, offset, true);
    view.setInt32(at + 4, constant, true);
  });
  return new Uint8Array(view.buffer);
}
