import { formatTable } from '../host/cli/table.ts';
import type { BenchResult } from './result.ts';

/** A figure in two results. */
export interface ComparedFigure {
  name: string;
  unit: string;
  deterministic: boolean;
  before: number;
  after: number;
  /** `after / before`; `undefined` where there was nothing before. */
  ratio: number | undefined;
}

const byName = (result: BenchResult): Map<string, BenchResult['figures'][number]> =>
  new Map(result.figures.map((figure) => [figure.name, figure]));

/** The figures that both results have, in the order of the later one. Pure. */
export function compareResults(before: BenchResult, after: BenchResult): ComparedFigure[] {
  const old = byName(before);
  return after.figures.flatMap(({ name, unit, deterministic, value }) => {
    const earlier = old.get(name);
    if (earlier === undefined || earlier.unit !== unit) return [];
    const ratio = earlier.value === 0 ? undefined : value / earlier.value;
    return [{ name, unit, deterministic, before: earlier.value, after: value, ratio }];
  });
}

/** Names of figures that only the first of two results has. Pure. */
export function missingFigures(having: BenchResult, lacking: BenchResult): string[] {
  const there = byName(lacking);
  return having.figures.map(({ name }) => name).filter((name) => !there.has(name));
}

const format = (value: number): string =>
  Math.abs(value) < 1000 ? value.toFixed(2) : Math.round(value).toLocaleString('en-US');

function list(title: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${title}: ${names.join(', ')}`];
}

/** Two results of one bench as a table of ratios; `~` is before figures that differ from run to run. Pure. */
export function formatComparedResults(before: BenchResult, after: BenchResult): string {
  const rows = compareResults(before, after).map((figure) => [
    `${figure.deterministic ? '' : '~'}${figure.name}`,
    figure.unit,
    format(figure.before),
    format(figure.after),
    figure.ratio?.toFixed(3) ?? '-',
  ]);
  return [
    formatTable([after.bench.toUpperCase(), 'UNIT', 'BEFORE', 'AFTER', 'RATIO'], rows).trimEnd(),
    ...list('only before', missingFigures(before, after)),
    ...list('only after', missingFigures(after, before)),
    '',
  ].join('\n');
}

/** Instruction counts that have grown by more than `percent`, as one line each. Pure. */
export function grownCounts(before: BenchResult, after: BenchResult, percent: number): string[] {
  return compareResults(before, after).flatMap(
    ({ name, unit, deterministic, before: old, after: value, ratio }) =>
      deterministic && unit === 'instructions' && ratio !== undefined && ratio > 1 + percent / 100
        ? [`"${name}" has grown by ${((ratio - 1) * 100).toFixed(1)} %: ${format(value)}, not ${format(old)}`]
        : [],
  );
}
