import type { BootStep } from '../../protocol/messages.ts';
import type { BootTimeline } from './boot-timeline.ts';

/** What a row shows, in the order of the legend. */
export const chartKinds = ['host', 'kernel', 'runtime', 'phase', 'driver', 'container'] as const;
export type ChartKind = (typeof chartKinds)[number];

/** One row of a chart, from the top down. */
export interface ChartRow {
  kind: ChartKind;
  name: string;
  startMs: number;
  endMs: number;
  /** It lies within the row above that is not nested. */
  isNested: boolean;
  /** A moment, not a length of time: start and end are the same. */
  isMoment: boolean;
}

/** Rounding may push a step's end beyond that of the one around it. */
const toleranceMs = 0.15;

function guestRows(steps: readonly BootStep[]): ChartRow[] {
  const rows: ChartRow[] = [];
  let outer: ChartRow | undefined;
  const sorted = steps.toSorted((one, other) => one.startMs - other.startMs || other.endMs - one.endMs);
  for (const { kind, name, startMs, endMs } of sorted) {
    const isNested = outer !== undefined && endMs <= outer.endMs + toleranceMs && startMs < outer.endMs;
    const row = { kind, name, startMs, endMs: Math.max(startMs, endMs), isNested, isMoment: false };
    if (!isNested) outer = row;
    rows.push(row);
  }
  return rows;
}

function moment(kind: ChartKind, name: string, timeMs: number): ChartRow {
  return { kind, name, startMs: timeMs, endMs: timeMs, isNested: false, isMoment: true };
}

/**
 * The rows of a chart: the host's, where its clock fits the guest's, then the guest's by their start, each with those
 * within it below, and the two moments that matter. Pure.
 */
export function chartRows({ host, steps, workloadMs, readyMs }: BootTimeline): ChartRow[] {
  const hostRows =
    host?.since === 'kernel'
      ? host.steps.map(({ name, startMs, endMs }): ChartRow => {
          const isMoment = startMs === endMs;
          return { kind: 'host', name, startMs, endMs, isNested: false, isMoment };
        })
      : [];
  const rows = guestRows(steps);
  const behind = rows.findLastIndex(({ startMs }) => startMs < workloadMs) + 1;
  rows.splice(behind, 0, moment('container', 'workload runs', workloadMs));
  return [...hostRows, ...rows, moment('phase', 'ready', readyMs)];
}

/** How long the rows of a kind took in all, those within others not counted twice. Pure. */
export function totalMs(rows: readonly ChartRow[], kind: ChartKind): number {
  return rows
    .filter((row) => row.kind === kind && (!row.isNested || kind === 'driver'))
    .reduce((sumMs, { startMs, endMs }) => sumMs + endMs - startMs, 0);
}
