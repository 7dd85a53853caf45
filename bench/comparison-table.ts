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

export interface Ratio {
  title: string;
  detail: string;
  to: Row;
}

export interface Comparison {
  /** Of the first column. */
  title: string;
  rows: readonly Row[];
  columns: readonly Column[];
  /** Behind the columns: each row's detail in relation to that of another row. */
  ratios: readonly Ratio[];
}

const absent = '-';

/** Figures of several machines as a table, with ratios behind. What a machine has no figure of stays open. Pure. */
export function formatComparison(figures: readonly Figure[], comparison: Comparison): string {
  const values = new Map(figures.map(({ name, value }) => [name, value]));
  const cell = ({ caseName }: Row, { detail, format }: Column): string => {
    const value = values.get(`${caseName}/${detail}`);
    return value === undefined ? absent : format(value);
  };
  const ratio = (row: Row, { detail, to }: Ratio): string => {
    const value = values.get(`${row.caseName}/${detail}`);
    const base = values.get(`${to.caseName}/${detail}`);
    return value === undefined || base === undefined ? absent : (value / base).toFixed(2);
  };
  const { columns, ratios } = comparison;
  return formatTable(
    [comparison.title, ...columns.map(({ title }) => title), ...ratios.map(({ title }) => title)],
    comparison.rows.map((row) => [
      row.title,
      ...columns.map((column) => cell(row, column)),
      ...ratios.map((one) => ratio(row, one)),
    ]),
  );
}
