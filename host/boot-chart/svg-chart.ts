import type { BootTimeline } from './boot-timeline.ts';
import { chartKinds, type ChartRow, chartRows, totalMs } from './chart-rows.ts';
import { chartScale } from './chart-scale.ts';
import { chartDetails, chartTitle, formatMs, hostNote, kindWords, tickText } from './chart-words.ts';
import { type Across, type PlacedRow, rowElements } from './svg-rows.ts';
import { textWidthPx } from './svg-labels.ts';
import { styleSheet } from './svg-theme.ts';
import { element, escapeXml, textElement } from './svg-writer.ts';
import { shortened } from '../cli/plain-text.ts';

const widthPx = 1000;
const marginPx = 28;
const plotTopPx = 128;
const footPx = 40;
const rowPx = 24;
const nestedRowPx = 17;
const mostTicks = 10;
const longestDetails = 130;

function placeRows(rows: readonly ChartRow[]): PlacedRow[] {
  let top = plotTopPx;
  return rows.map((row) => {
    const height = row.isNested ? nestedRowPx : rowPx;
    const placed = { ...row, top, height };
    top += height;
    return placed;
  });
}

function head(timeline: BootTimeline): string[] {
  const details = shortened(chartDetails(timeline).join('  ·  '), longestDetails);
  return [
    textElement({ x: marginPx, y: 40, class: 'title' }, shortened(chartTitle(timeline), 80)),
    textElement({ x: marginPx, y: 63, class: 'faint' }, details),
  ];
}

/** A square for each kind that is there, with what it took in all. */
function legend(rows: readonly ChartRow[]): string[] {
  let x = marginPx;
  return chartKinds
    .filter((kind) => rows.some((row) => row.kind === kind && !row.isMoment))
    .flatMap((kind) => {
      const total = formatMs(totalMs(rows, kind));
      const text = `${kindWords[kind]} ${total} ms`;
      const parts = [
        element('rect', { x, y: 80, width: 11, height: 11, rx: 2.5, class: kind }),
        element(
          'text',
          { x: x + 17, y: 90 },
          `${escapeXml(kindWords[kind])} ${element('tspan', { class: 'faint' }, `${total} ms`)}`,
        ),
      ];
      x += 17 + textWidthPx(text, 12) + 20;
      return parts;
    });
}

function grid(ticksMs: readonly number[], across: Across, bottom: number): string[] {
  return ticksMs.flatMap((tickMs, index) => {
    const x = across(tickMs);
    const text = index === ticksMs.length - 1 ? `${tickText(tickMs)} ms` : tickText(tickMs);
    const anchor = { 'text-anchor': 'middle', class: 'small faint' };
    return [
      element('line', { x1: x, y1: plotTopPx - 6, x2: x, y2: bottom + 6, class: 'grid' }),
      textElement({ x, y: plotTopPx - 12, ...anchor }, text),
      textElement({ x, y: bottom + 20, ...anchor }, text),
    ];
  });
}

/** The host's rows have a ground of their own. */
function hostBand(rows: readonly PlacedRow[]): string[] {
  const last = rows.findLast(({ kind }) => kind === 'host');
  if (last === undefined) return [];
  const height = last.top + last.height - plotTopPx;
  return [element('rect', { x: 1, y: plotTopPx, width: widthPx - 2, height, class: 'band' })];
}

/** A boot as an SVG document, light or dark as its reader likes it. Pure. */
export function svgChart(timeline: BootTimeline): string {
  const rows = placeRows(chartRows(timeline));
  const scale = chartScale(rows, mostTicks);
  const last = rows.at(-1);
  const bottom = last === undefined ? plotTopPx : last.top + last.height;
  const note = hostNote(timeline);
  const height = bottom + footPx + (note === undefined ? 0 : 20);
  const pxPerMs = (widthPx - 2 * marginPx) / (scale.toMs - scale.fromMs);
  const across: Across = (timeMs) => marginPx + (timeMs - scale.fromMs) * pxPerMs;
  const lines = [
    element('style', {}, `\n${styleSheet}\n`),
    element('title', {}, escapeXml(chartTitle(timeline))),
    element('rect', { x: 0.5, y: 0.5, width: widthPx - 1, height: height - 1, rx: 8, class: 'page' }),
    ...hostBand(rows),
    ...head(timeline),
    ...legend(rows),
    ...grid(scale.tickMs, across, bottom),
    ...rowElements(rows, across, { left: marginPx, right: widthPx - marginPx, bottom }),
    ...(note === undefined ? [] : [textElement({ x: marginPx, y: height - 16, class: 'small faint' }, note)]),
  ];
  const size = { width: widthPx, height, viewBox: `0 0 ${widthPx} ${height}`, role: 'img' };
  return `${element('svg', { xmlns: 'http://www.w3.org/2000/svg', ...size }, `\n${lines.join('\n')}\n`)}\n`;
}
