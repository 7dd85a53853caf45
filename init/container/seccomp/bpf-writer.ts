import { refuse } from './refuse.ts';

/**
 * A place in a program, counted from its end. Programs are written backwards, last instruction first: BPF only jumps
 * forward, so whatever a jump leads to is there already and its distance is known.
 */
export type Label = number;

/** Conditional jumps on the accumulator, unsigned. linux/bpf_common.h. */
export const jumps = { equal: 0x15, greaterOrEqual: 0x35, anyBit: 0x45 } as const;

const loadAbsolute = 0x20; // BPF_LD | BPF_W | BPF_ABS
const jumpAlways = 0x05; // BPF_JMP | BPF_JA
const andConstant = 0x54; // BPF_ALU | BPF_AND | BPF_K
const returnConstant = 0x06; // BPF_RET | BPF_K

/** linux/bpf_common.h; the kernel refuses longer filters. */
const maxInstructions = 4096;
const instructionBytes = 8;
/** A conditional jump counts in 8 bits; two instructions may still come between a check of the reach and the jump. */
const reach = 255 - 2;

interface Instruction {
  code: number;
  onTrue: number;
  onFalse: number;
  constant: number;
}

/** Writes a classic BPF program (`struct sock_filter`, linux/filter.h), as seccomp(2) takes it, from its end. */
export class BpfWriter {
  readonly #instructions: Instruction[] = [];
  readonly #returns = new Map<number, Label>();
  /** For a label that is out of reach: the nearest instruction that does the same or leads there. */
  readonly #nearest = new Map<Label, Label>();

  /** Ends the program with `value`. The same value again is the same label. */
  returnValue(value: number): Label {
    const known = this.#returns.get(value);
    if (known !== undefined) return known;
    const label = this.#append({ code: returnConstant, onTrue: 0, onFalse: 0, constant: value });
    this.#returns.set(value, label);
    return label;
  }

  /** Loads four bytes of `struct seccomp_data` into the accumulator and goes on at `next`. */
  load(offset: number, next: Label): Label {
    this.#fallInto(next);
    return this.#append({ code: loadAbsolute, onTrue: 0, onFalse: 0, constant: offset });
  }

  /** Keeps the bits of `mask` in the accumulator and goes on at `next`. */
  and(mask: number, next: Label): Label {
    this.#fallInto(next);
    return this.#append({ code: andConstant, onTrue: 0, onFalse: 0, constant: mask });
  }

  /** Compares the accumulator with a constant. */
  jump(kind: keyof typeof jumps, constant: number, onTrue: Label, onFalse: Label): Label {
    if (onTrue === onFalse) return onTrue;
    const trueLabel = this.#inReach(onTrue);
    const falseLabel = this.#inReach(onFalse);
    const distance = this.#instructions.length - 1;
    return this.#append({
      code: jumps[kind],
      onTrue: distance - trueLabel,
      onFalse: distance - falseLabel,
      constant,
    });
  }

  /** The program, beginning with `first`. Throws a FirstbornError of code `config` when it is too long. */
  finish(first: Label): Uint8Array {
    this.#fallInto(first);
    const count = this.#instructions.length;
    if (count > maxInstructions) {
      refuse('', `expected a filter of at most ${maxInstructions} instructions, found ${count}`);
    }
    const program = new Uint8Array(count * instructionBytes);
    const view = new DataView(program.buffer);
    let offset = program.length;
    for (const { code, onTrue, onFalse, constant } of this.#instructions) {
      offset -= instructionBytes;
      view.setUint16(offset, code, true);
      view.setUint8(offset + 2, onTrue);
      view.setUint8(offset + 3, onFalse);
      view.setUint32(offset + 4, constant, true);
    }
    return program;
  }

  #append(instruction: Instruction): Label {
    return this.#instructions.push(instruction) - 1;
  }

  /** Sees to it that what is written next is followed by `next`. */
  #fallInto(next: Label): void {
    if (next !== this.#instructions.length - 1) this.#standIn(next);
  }

  #inReach(label: Label): Label {
    const nearest = this.#nearest.get(label) ?? label;
    return this.#instructions.length - 1 - nearest <= reach ? nearest : this.#standIn(label);
  }

  /** Writes what does the same as the instruction at `label`: a copy when it ends the program, else a jump there. */
  #standIn(label: Label): Label {
    const instruction = this.#instructions[label];
    const isReturn = instruction?.code === returnConstant;
    const distance = this.#instructions.length - 1 - label;
    const standIn = isReturn
      ? this.#append(instruction)
      : this.#append({ code: jumpAlways, onTrue: 0, onFalse: 0, constant: distance });
    this.#nearest.set(label, standIn);
    return standIn;
  }
}
