import type { ArgumentBits, ArgumentTest } from './argument-tests.ts';
import { testsOf } from './argument-tests.ts';
import type { BpfWriter, Label } from './bpf-writer.ts';
import type { ConditionalRule } from './profile-rules.ts';
import { joinRanges, writeRangeCheck } from './ranges.ts';

/** Offset of `args` in `struct seccomp_data`; each is a number of 64 bits, lower half first. linux/seccomp.h. */
const argumentsOffset = 16;
const argumentBytes = 8;
const halfBytes = 4;

const lowHalf = (number: bigint): number => Number(number & 0xffff_ffffn);
const highHalf = (number: bigint): number => Number(number >> 32n);

/** Leads to `onMatch` when the bits of `mask` in the four bytes at `offset` are those of `value`. */
function writeBitsCheck(
  writer: BpfWriter,
  half: { offset: number; mask: number; value: number },
  onMatch: Label,
  otherwise: Label,
): Label {
  const { offset, mask, value } = half;
  if (mask === 0) return onMatch;
  if (value === 0) return writer.load(offset, writer.jump('anyBit', mask, otherwise, onMatch));
  return writer.load(offset, writer.and(mask, writer.jump('equal', value, onMatch, otherwise)));
}

function writeTest(
  writer: BpfWriter,
  test: ArgumentTest,
  bits: ArgumentBits,
  onMatch: Label,
  otherwise: Label,
): Label {
  const offset = argumentsOffset + test.index * argumentBytes;
  const highOffset = offset + halfBytes;
  if (test.kind === 'ranges') {
    const offsets = { lowOffset: offset, highOffset: bits === 64 ? highOffset : undefined };
    return writeRangeCheck(writer, { ...offsets, ranges: joinRanges(test.ranges), onMatch, otherwise });
  }
  const { mask, value } = test;
  const low = { offset, mask: lowHalf(mask), value: lowHalf(value) };
  const lowChecked = writeBitsCheck(writer, low, onMatch, otherwise);
  if (bits === 32) return lowChecked;
  const high = { offset: highOffset, mask: highHalf(mask), value: highHalf(value) };
  return writeBitsCheck(writer, high, lowChecked, otherwise);
}

/**
 * Writes the rules of one syscall that look at arguments; `otherwise` is where a call goes for which none of them
 * holds.
 */
export function writeArgumentChecks(
  writer: BpfWriter,
  rules: readonly ConditionalRule[],
  bits: ArgumentBits,
  otherwise: Label,
): Label {
  return testsOf(rules, bits).reduceRight(
    (next, { action, tests }) =>
      tests.reduceRight(
        (onMatch, test) => writeTest(writer, test, bits, onMatch, next),
        writer.returnValue(action),
      ),
    otherwise,
  );
}
