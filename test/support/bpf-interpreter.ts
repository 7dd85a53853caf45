/** What a seccomp filter sees of a call, `struct seccomp_data`. Arguments are unsigned numbers of 64 bits. */
export interface SeccompData {
  architecture: number;
  number: number;
  arguments: readonly bigint[];
}

interface Instruction {
  code: number;
  onTrue: number;
  onFalse: number;
  constant: number;
}

const dataBytes = 64;
const maxInstructions = 4096;

function decode(program: Uint8Array): Instruction[] {
  if (program.length % 8 !== 0) throw new RangeError(`Cannot decode a program of ${program.length} bytes`);
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  return Array.from({ length: program.length / 8 }, (_, index) => ({
    code: view.getUint16(index * 8, true),
    onTrue: view.getUint8(index * 8 + 2),
    onFalse: view.getUint8(index * 8 + 3),
    constant: view.getUint32(index * 8 + 4, true),
  }));
}

function dataView({ architecture, number, arguments: values }: SeccompData): DataView {
  const view = new DataView(new ArrayBuffer(dataBytes));
  view.setUint32(0, number, true);
  view.setUint32(4, architecture, true);
  values.forEach((value, index) => view.setBigUint64(16 + index * 8, value, true));
  return view;
}

const isTrue: Record<number, (accumulator: number, constant: number) => boolean> = {
  0x15: (accumulator, constant) => accumulator === constant,
  0x25: (accumulator, constant) => accumulator > constant,
  0x35: (accumulator, constant) => accumulator >= constant,
  0x45: (accumulator, constant) => (accumulator & constant) !== 0,
};

/**
 * Throws for what the kernel would refuse: instructions that seccomp does not allow, loads outside of the data, jumps
 * out of the program, an end without a return (kernel/seccomp.c and net/core/filter.c, the checkers).
 */
export function checkProgram(program: Uint8Array): void {
  const instructions = decode(program);
  const count = instructions.length;
  const refuse = (index: number, problem: string): never => {
    throw new Error(`Instruction ${index} of ${count}: ${problem}`);
  };
  if (count === 0 || count > maxInstructions) refuse(0, 'too few or too many');
  instructions.forEach(({ code, onTrue, onFalse, constant }, index) => {
    if (code in isTrue) {
      if (index + 1 + Math.max(onTrue, onFalse) >= count) refuse(index, 'jumps out of the program');
    } else if (code === 0x05) {
      if (index + 1 + constant >= count) refuse(index, 'jumps out of the program');
    } else if (code === 0x20) {
      if (constant % 4 !== 0 || constant >= dataBytes) refuse(index, 'loads from outside of the data');
    } else if (code !== 0x54 && code !== 0x06) refuse(index, `has code 0x${code.toString(16)}`);
  });
  if (instructions.at(-1)?.code !== 0x06) refuse(count - 1, 'is no return');
}

/** Runs a classic BPF program on a call, as the kernel would. Returns its value and the number of steps taken. */
export function runFilter(program: Uint8Array, call: SeccompData): { value: number; steps: number } {
  const instructions = decode(program);
  const data = dataView(call);
  let accumulator = 0;
  let index = 0;
  for (let steps = 1; ; steps += 1) {
    const instruction = instructions[index];
    if (instruction === undefined) throw new Error(`Program left at ${index}`);
    const { code, onTrue, onFalse, constant } = instruction;
    index += 1;
    if (code === 0x06) return { value: constant, steps };
    if (code === 0x20) accumulator = data.getUint32(constant, true);
    else if (code === 0x54) accumulator = (accumulator & constant) >>> 0;
    else if (code === 0x05) index += constant;
    else index += isTrue[code]?.(accumulator, constant) === true ? onTrue : onFalse;
  }
}
