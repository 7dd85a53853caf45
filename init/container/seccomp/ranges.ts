import type { BpfWriter, Label } from './bpf-writer.ts';
import { NumberLine, writeDecisionTree } from './decision-tree.ts';

/** Unsigned numbers from `first` to `last`, both included. */
export interface Range {
  first: bigint;
  last: bigint;
}

/** Sorts ranges and joins those that touch. Empty ones (`last` below `first`) vanish. */
export function joinRanges(ranges: readonly Range[]): Range[] {
  const sorted = ranges
    .filter(({ first, last }) => first <= last)
    .toSorted((left, right) => (left.first < right.first ? -1 : left.first > right.first ? 1 : 0));
  const joined: Range[] = [];
  for (const { first, last } of sorted) {
    const previous = joined.at(-1);
    if (previous === undefined || first > previous.last + 1n) joined.push({ first, last });
    else if (last > previous.last) previous.last = last;
  }
  return joined;
}

/** Where the two halves of an argument lie in `struct seccomp_data`, and where a check of it leads. */
export interface RangeCheck {
  lowOffset: number;
  /** Absent for an architecture whose arguments have 32 bits. */
  highOffset: number | undefined;
  ranges: readonly Range[];
  onMatch: Label;
  otherwise: Label;
}

const highestLow = 0xffff_ffffn;

/** Checks 32 bits against ranges that lie within them. */
function writeLowCheck(writer: BpfWriter, check: RangeCheck): Label {
  const line = new NumberLine().from(0, check.otherwise);
  for (const { first, last } of check.ranges) {
    line.from(Number(first), check.onMatch);
    if (last < highestLow) line.from(Number(last) + 1, check.otherwise);
  }
  return line.segments.length === 1
    ? writeDecisionTree(writer, line)
    : writer.load(check.lowOffset, writeDecisionTree(writer, line));
}

/** What `ranges` say of the numbers whose upper half is `high`, as ranges of the lower half. */
function lowRanges(ranges: readonly Range[], high: bigint): Range[] {
  const base = high << 32n;
  return ranges
    .filter(({ first, last }) => last >= base && first <= base + highestLow)
    .map(({ first, last }) => ({
      first: first < base ? 0n : first - base,
      last: last > base + highestLow ? highestLow : last - base,
    }));
}

/**
 * Leads to `onMatch` when an argument lies in one of the ranges, which are sorted and apart. A number of 64 bits is
 * decided by its upper half, except for the few upper halves in which a range begins or ends.
 */
export function writeRangeCheck(writer: BpfWriter, check: RangeCheck): Label {
  const { ranges, highOffset } = check;
  if (highOffset === undefined) return writeLowCheck(writer, check);
  const line = new NumberLine().from(0, check.otherwise);
  const edges = new Set(ranges.flatMap(({ first, last }) => [first >> 32n, last >> 32n]));
  for (const edge of edges) {
    line.from(Number(edge), writeLowCheck(writer, { ...check, ranges: lowRanges(ranges, edge) }));
    // No range begins or ends between two edges: what is true of one number there is true of all.
    const behind = (edge + 1n) << 32n;
    const inside = ranges.some(({ first, last }) => first <= behind && behind <= last);
    if (edge < highestLow) line.from(Number(edge) + 1, inside ? check.onMatch : check.otherwise);
  }
  return writer.load(highOffset, writeDecisionTree(writer, line));
}
