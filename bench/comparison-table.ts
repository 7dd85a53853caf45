import { formatTable } from '../host/cli/table.ts';
import type { Figure } from './bench.ts';

/** One column: the detail at the end of a figure's name, and how a value is printed. */
export interface Column {
  title: string;
  detail: string;
  format: (value: number) => string;
}

/** One row: a machine, by the beginning of its figures' names. */
export interface Row {
  title: string;
  caseName: string;
}

export interface Comparison {
  /** Of the first column. */
  title: string;
  rows: readonly Row[];
  columns: readonly Column[];
  /** The rows are compared by this detail with each of these cases. */
  ratios: { detail: string; to: readonly Row[] };
}

const absent = '-';

/** Figures of several machines as a table, with ratios behind. What a machine has no figure of stays open. Pure. */
export function formatComparison(figures: readonly Figure[], comparison: Comparison): string {
  const values = new Map(figures.map(({ name, value }) => [name, value]));
  const cell = ({ caseName }: Row, { detail, format }: Column): string => {
    const value = values.get(`${caseName}/${detail}`);
    return value === undefined ? absent : format(value);
  };
  const { ratios } = comparison;
  const ratio = (row: Row, to: Row): string => {
    const value = values.get(`${row.caseName}/${ratios.detail}`);
    const base = values.get(`${to.caseName}/${ratios.detail}`);
    return value === undefined || base === undefined ? absent : (value / base).toFixed(2);
  };
  return formatTable(
    [
      comparison.title,
      ...comparison.columns.map(({ title }) => title),
      ...ratios.to.map(({ title }) => `TO ${title.toUpperCase()}`),
    ],
    comparison.rows.map((row) => [
      row.title,
      ...comparison.columns.map((column) => cell(row, column)),
      ...ratios.to.map((to) => ratio(row, to)),
    ]),
  );
}
