import type { ChartRow } from './chart-rows.ts';

/** A span of time and the round times within it. */
export interface ChartScale {
  fromMs: number;
  toMs: number;
  tickMs: number[];
}

const roundSteps = [1, 2, 5, 10];

/** The smallest of 1, 2, 5, 10, 20, 50 … that divides `spanMs` into no more than `mostParts`. */
function roundStepMs(spanMs: number, mostParts: number): number {
  const leastMs = spanMs / mostParts;
  const decade = 10 ** Math.floor(Math.log10(leastMs));
  return (roundSteps.find((step) => step * decade >= leastMs) ?? 10) * decade;
}

/** The span of all rows, from the kernel's start or before, with at most so many ticks. Pure. */
export function chartScale(rows: readonly ChartRow[], mostTicks: number): ChartScale {
  const fromMs = Math.min(0, ...rows.map(({ startMs }) => startMs));
  const toMs = Math.max(fromMs + 1, ...rows.map(({ endMs }) => endMs));
  const stepMs = roundStepMs(toMs - fromMs, mostTicks);
  const first = Math.ceil(fromMs / stepMs);
  const count = Math.floor(toMs / stepMs) - first + 1;
  return { fromMs, toMs, tickMs: Array.from({ length: count }, (_, index) => (first + index) * stepMs) };
}
