import { characters, plainText, shortened } from '../cli/plain-text.ts';
import type { BootTimeline } from './boot-timeline.ts';
import { type ChartKind, type ChartRow, chartRows } from './chart-rows.ts';
import { type ChartScale, chartScale } from './chart-scale.ts';
import { chartDetails, chartTitle, hostNote, rowTime, tickText } from './chart-words.ts';

export interface TextChartOptions {
  /** Of the terminal. */
  columns: number;
  /** Whether bars are coloured by their kinds. */
  hasColour: boolean;
}

const longestName = 30;
const leastPlotColumns = 16;
const tickColumns = 7;
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const momentSign = '◆';

/** The sixteen colours that every terminal has, in its own shades (ECMA-48, SGR). */
const colours: Readonly<Record<ChartKind, number>> = {
  host: 90,
  kernel: 34,
  runtime: 32,
  phase: 35,
  driver: 33,
  container: 31,
};

const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - characters(text).length));

function indentedName({ name, isNested }: ChartRow): string {
  return `${isNested ? '  ' : ''}${plainText(name)}`;
}

/** The column of a time, with fractions. */
function columnOf(timeMs: number, { fromMs, toMs }: ChartScale, columns: number): number {
  return ((timeMs - fromMs) / (toMs - fromMs)) * columns;
}

/** A bar that begins with a column and is as long as its time, to an eighth of one: something can always be seen. */
function barText(row: ChartRow, scale: ChartScale, columns: number): { before: number; bar: string } {
  const start = columnOf(row.startMs, scale, columns);
  const before = Math.min(Math.floor(start), columns - 1);
  if (row.isMoment) return { before, bar: momentSign };
  const length = Math.max(1, Math.round((columnOf(row.endMs, scale, columns) - start) * 8));
  return { before, bar: '█'.repeat(Math.floor(length / 8)) + (eighths[length % 8] ?? '') };
}

function axis(scale: ChartScale, columns: number): string {
  let line = '';
  for (const tickMs of scale.tickMs) {
    const text = tickText(tickMs);
    const at = Math.round(columnOf(tickMs, scale, columns));
    const isFree = at === 0 || at > line.length;
    if (isFree && at + text.length <= columns) line = `${line.padEnd(at)}${text}`;
  }
  return line;
}

function bodyLines(rows: readonly ChartRow[], { columns, hasColour }: TextChartOptions): string[] {
  const times = rows.map(rowTime);
  const timeColumns = Math.max(...times.map((time) => time.length));
  const nameColumns = Math.min(
    longestName,
    Math.max(...rows.map((row) => characters(indentedName(row)).length)),
  );
  const plotColumns = Math.max(leastPlotColumns, columns - nameColumns - timeColumns - 2);
  const scale = chartScale(rows, Math.max(2, Math.floor(plotColumns / tickColumns)));
  const lines = rows.map((row, index) => {
    const { before, bar } = barText(row, scale, plotColumns);
    const gap = ' '.repeat(Math.max(0, plotColumns - before - characters(bar).length));
    const shown = hasColour ? `\x1b[${colours[row.kind]}m${bar}\x1b[0m` : bar;
    const name = padded(shortened(indentedName(row), nameColumns), nameColumns);
    return `${name} ${' '.repeat(before)}${shown}${gap} ${(times[index] ?? '').padStart(timeColumns)}`;
  });
  return [`${' '.repeat(nameColumns + 1)}${axis(scale, plotColumns)}`, ...lines];
}

/** A boot as lines of text for a terminal, without a final line feed. Pure. */
export function textChart(timeline: BootTimeline, options: TextChartOptions): string {
  const note = hostNote(timeline);
  return [
    plainText(chartTitle(timeline)),
    plainText(chartDetails(timeline).join(', ')),
    '',
    ...bodyLines(chartRows(timeline), options),
    ...(note === undefined ? [] : ['', plainText(note)]),
  ].join('\n');
}
