/** What several rounds of one measurement come to. */
export interface Summary {
  median: number;
  /** Smallest and largest value. */
  lowest: number;
  highest: number;
}

/** Sums up one number per round. Throws RangeError without any: there is nothing to tell. Pure. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const [lowest, highest] = [sorted[0], sorted.at(-1)];
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (lowest === undefined || highest === undefined || upper === undefined || lower === undefined) {
    throw new RangeError('Cannot sum up no values');
  }
  return { median: (lower + upper) / 2, lowest, highest };
}

/** How far the rounds lie apart, in percent of their median. Pure. */
export function spreadPercent({ median, lowest, highest }: Summary): number {
  return median === 0 ? 0 : ((highest - lowest) / median) * 100;
}
