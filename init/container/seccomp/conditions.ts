import type { SeccompOperator, SpecSyscallArgument } from '../../../protocol/oci/runtime-spec.ts';
import type { Range } from './ranges.ts';
import { refuse } from './refuse.ts';

/** What must be true of one argument of a syscall. Values are unsigned numbers of 64 bits. */
export type Condition =
  /** Some bits of it, those of `mask`, have this value. */
  | { kind: 'bits'; index: number; mask: bigint; value: bigint }
  /** It compares so with a number. */
  | { kind: 'range'; index: number; operator: RangeOperator; value: bigint };

type RangeOperator = Exclude<SeccompOperator, 'SCMP_CMP_MASKED_EQ'>;

const maxIndex = 5;

function unsigned64(value: number | bigint, path: string): bigint {
  const isInteger = typeof value === 'bigint' || Number.isInteger(value);
  if (!isInteger || value < 0 || value >= 2n ** 64n)
    refuse(path, `expected a number of 64 bits, found ${value}`);
  return BigInt(value);
}

/** Checks a condition as a profile writes it. `path` leads to it, behind `linux.seccomp`. */
export function readCondition(argument: SpecSyscallArgument, path: string): Condition {
  const { index, op } = argument;
  if (!Number.isInteger(index) || index < 0 || index > maxIndex)
    refuse(`${path}.index`, `expected 0 to ${maxIndex}, found ${index}`);
  const value = unsigned64(argument.value, `${path}.value`);
  const valueTwo = unsigned64(argument.valueTwo ?? 0, `${path}.valueTwo`);
  switch (op) {
    case 'SCMP_CMP_MASKED_EQ':
      return { kind: 'bits', index, mask: value, value: valueTwo & value };
    case 'SCMP_CMP_NE':
    case 'SCMP_CMP_LT':
    case 'SCMP_CMP_LE':
    case 'SCMP_CMP_EQ':
    case 'SCMP_CMP_GE':
    case 'SCMP_CMP_GT':
      return { kind: 'range', index, operator: op, value };
    default:
      op satisfies never;
      return refuse(`${path}.op`, `expected an operator, found "${String(op)}"`);
  }
}

/** The numbers for which a comparison is true, among those of `bits` bits; the value is cut to them. */
export function rangesOf(operator: RangeOperator, value: bigint, bits: 32 | 64): Range[] {
  const last = 2n ** BigInt(bits) - 1n;
  const cut = value & last;
  switch (operator) {
    case 'SCMP_CMP_NE':
      return [
        { first: 0n, last: cut - 1n },
        { first: cut + 1n, last },
      ];
    case 'SCMP_CMP_LT':
      return [{ first: 0n, last: cut - 1n }];
    case 'SCMP_CMP_LE':
      return [{ first: 0n, last: cut }];
    case 'SCMP_CMP_EQ':
      return [{ first: cut, last: cut }];
    case 'SCMP_CMP_GE':
      return [{ first: cut, last }];
    case 'SCMP_CMP_GT':
      return [{ first: cut + 1n, last }];
    default:
      return operator satisfies never;
  }
}
