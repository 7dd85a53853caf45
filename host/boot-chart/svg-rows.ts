import type { ChartRow } from './chart-rows.ts';
import { rowTime } from './chart-words.ts';
import { type LabelPlace, placeLabel } from './svg-labels.ts';
import { element, escapeXml } from './svg-writer.ts';

/** A row with its place. */
export interface PlacedRow extends ChartRow {
  top: number;
  height: number;
}

/** Maps milliseconds to user units. */
export type Across = (timeMs: number) => number;

/** Where labels may be, and how far down the lines of the moments go. */
export interface PlotBounds {
  left: number;
  right: number;
  bottom: number;
}

/** Even what takes no time to speak of can be seen. */
const leastBarPx = 2;
const barPx = 14;
const nestedBarPx = 9;
/** Half of the diagonal of a moment's diamond. */
const diamondPx = 6;
const fontPx = 12;
const nestedFontPx = 11;

function bar({ kind, startMs, endMs, isNested, top, height }: PlacedRow, across: Across): string {
  const thickness = isNested ? nestedBarPx : barPx;
  const width = Math.max(leastBarPx, across(endMs) - across(startMs));
  const y = top + (height - thickness) / 2;
  return element('rect', {
    x: across(startMs),
    y,
    width,
    height: thickness,
    rx: Math.min(2.5, width / 2),
    class: kind,
  });
}

function diamond({ kind, startMs, top, height }: PlacedRow, across: Across): string {
  const x = across(startMs);
  const y = top + height / 2;
  const half = diamondPx;
  const d = `M${x.toFixed(1)} ${y - half}l${half} ${half}l-${half} ${half}l-${half}-${half}z`;
  return element('path', { d, class: kind });
}

/** A dotted line from a guest's moment down to the axis. */
function momentLine({ kind, startMs, top, height }: PlacedRow, across: Across, bottom: number): string {
  const x = across(startMs);
  const line = { x1: x, y1: top + height / 2, x2: x, y2: bottom + 6, class: `line-${kind}` };
  return element('line', { ...line, 'stroke-dasharray': '2 3' });
}

const fontOf = ({ isNested }: PlacedRow): number => (isNested ? nestedFontPx : fontPx);

/** The places of all labels. Where the guest's have come to stand before their bars, they stay: they go down in steps. */
function labelPlaces(rows: readonly PlacedRow[], across: Across, { left, right }: PlotBounds): LabelPlace[] {
  let wasBefore = false;
  return rows.map((row) => {
    const { name, kind, startMs, endMs, isMoment } = row;
    const reach = isMoment ? diamondPx : 0;
    const labelled = {
      name,
      time: rowTime(row),
      fontPx: fontOf(row),
      left: across(startMs) - reach,
      right: Math.max(across(endMs), across(startMs) + leastBarPx) + reach,
    };
    const place = placeLabel(labelled, left, right, wasBefore);
    wasBefore = kind !== 'host' && (wasBefore || place.anchor === 'end');
    return place;
  });
}

function label(row: PlacedRow, place: LabelPlace): string {
  const { kind, isNested, top, height } = row;
  const classes = [
    place.isInside ? 'inside' : 'label',
    ...(kind === 'host' && !place.isInside ? ['band-label'] : []),
    ...(isNested ? ['small'] : []),
  ];
  const time = element('tspan', { class: place.isInside ? 'inside' : 'faint' }, rowTime(row));
  const baseline = top + height / 2 + fontOf(row) * 0.36;
  return element(
    'text',
    { x: place.x, y: baseline, 'text-anchor': place.anchor, class: classes.join(' ') },
    `${escapeXml(place.name)} ${time}`,
  );
}

/** Bars, diamonds and labels of all rows, the lines beneath them. */
export function rowElements(rows: readonly PlacedRow[], across: Across, bounds: PlotBounds): string[] {
  const places = labelPlaces(rows, across, bounds);
  const labels = rows.flatMap((row, index) => {
    const place = places[index];
    return place === undefined ? [] : [label(row, place)];
  });
  return [
    ...rows
      .filter(({ isMoment, kind }) => isMoment && kind !== 'host')
      .map((row) => momentLine(row, across, bounds.bottom)),
    ...rows.map((row) => (row.isMoment ? diamond(row, across) : bar(row, across))),
    ...labels,
  ];
}
