import type { BpfWriter, Label } from './bpf-writer.ts';

/** Numbers from `start` to the next segment's start, or to 2^32, lead to `target`. */
export interface Segment {
  start: number;
  target: Label;
}

/** All numbers of 32 bits, cut into segments from left to right. */
export class NumberLine {
  readonly segments: Segment[] = [];

  /** Numbers from `start` on lead to `target`, until the next call says otherwise. Calls come in rising order. */
  from(start: number, target: Label): this {
    const last = this.segments.at(-1);
    // What nothing lies in between leaves no trace, and what leads to the same place is one segment.
    if (last?.start === start) {
      this.segments.pop();
      return this.from(start, target);
    }
    if (last?.target !== target) this.segments.push({ start, target });
    return this;
  }
}

/** Up to here, comparing with one number after the other is shorter than halving. */
const maxExceptions = 4;

/** Neighbouring segments that all lead to `common`, except for a few single numbers. */
interface Group {
  start: number;
  common: Label;
  exceptions: Segment[];
}

/** Cuts segments into as few groups as a walk from left to right finds. */
function groupSegments(segments: readonly Segment[]): Group[] {
  const groups: Group[] = [];
  let group: Group | undefined;
  /** Whether a segment of more than one number has settled what `group.common` is. */
  let settled = false;
  for (const [index, segment] of segments.entries()) {
    const { start, target } = segment;
    const isSingle = (segments[index + 1]?.start ?? 2 ** 32) - start === 1;
    if (group !== undefined && target === group.common) {
      settled ||= !isSingle;
    } else if (group !== undefined && isSingle && group.exceptions.length < maxExceptions) {
      group.exceptions.push(segment);
    } else if (group !== undefined && !settled && group.exceptions.length === 0) {
      // The group is one number so far: that is the exception to what begins here.
      group.exceptions.push({ start: group.start, target: group.common });
      group.common = target;
      settled = true;
    } else {
      group = { start, common: target, exceptions: [] };
      groups.push(group);
      settled = !isSingle;
    }
  }
  return groups;
}

/**
 * Finds the segment of the accumulator by halving, down to groups in which most numbers share a target: there, one
 * comparison for each exception does. A list of allowed syscalls is of that kind. The first segment starts at 0.
 */
export function writeDecisionTree(writer: BpfWriter, { segments }: NumberLine): Label {
  const groups = groupSegments(segments);

  function decide(from: number, to: number): Label {
    const group = groups[from];
    if (group !== undefined && to - from === 1) {
      return group.exceptions.reduceRight(
        (next, { start, target }) => writer.jump('equal', start, target, next),
        group.common,
      );
    }
    const middle = (from + to) >> 1;
    const upper = decide(middle, to);
    return writer.jump('greaterOrEqual', groups[middle]?.start ?? 0, upper, decide(from, middle));
  }

  return decide(0, groups.length);
}
