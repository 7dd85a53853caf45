import { characters, shortened } from '../cli/plain-text.ts';

/** Where a label goes. */
export interface LabelPlace {
  x: number;
  anchor: 'start' | 'end';
  /** In the bar, on its colour. */
  isInside: boolean;
  /** Shortened where there is no room for all of it. */
  name: string;
}

/** What a label belongs to, in user units. */
export interface LabelledBar {
  name: string;
  /** What stands behind the name and is never shortened. */
  time: string;
  fontPx: number;
  left: number;
  right: number;
}

const gapPx = 7;
const longestName = 48;
const leastName = 8;

/** The width of a text is the renderer's to know; this is a wide font's. */
export function textWidthPx(text: string, fontPx: number): number {
  return characters(text).length * fontPx * 0.58;
}

/**
 * Puts a label behind its bar, else before it, else into it: wherever there is room between `fromPx` and `toPx`. With
 * `wasBefore` it rather goes before it, as the label above did. Where there is no room, it goes where most is,
 * shortened. Pure.
 */
export function placeLabel(bar: LabelledBar, fromPx: number, toPx: number, wasBefore = false): LabelPlace {
  const { time, fontPx, left, right } = bar;
  const name = shortened(bar.name, longestName);
  const behind = {
    widthPx: toPx - right - gapPx,
    x: right + gapPx,
    anchor: 'start',
    isInside: false,
  } as const;
  const before = { widthPx: left - gapPx - fromPx, x: left - gapPx, anchor: 'end', isInside: false } as const;
  const inside = {
    widthPx: right - left - 2 * gapPx,
    x: left + gapPx,
    anchor: 'start',
    isInside: true,
  } as const;
  const rooms = wasBefore ? [before, behind, inside] : [behind, before, inside];
  const neededPx = textWidthPx(`${name} ${time}`, fontPx);
  const widest = rooms.reduce((best, room) => (room.widthPx > best.widthPx ? room : best));
  const { widthPx, ...place } = rooms.find((room) => room.widthPx >= neededPx) ?? widest;
  const mostCharacters = Math.floor(widthPx / (fontPx * 0.58)) - characters(time).length - 1;
  return { ...place, name: shortened(name, Math.max(leastName, mostCharacters)) };
}
