import type { Figure } from './bench.ts';
import { spreadPercent, type Summary, summarize } from './statistics.ts';

/** Makes a figure of one value per round: their median, and how far they lie apart. Throws RangeError without any. Pure. */
export function figureOf(
  name: string,
  unit: Figure['unit'],
  values: readonly number[],
  deterministic: boolean,
): Figure {
  const summary = summarize(values);
  const figure: Figure = { name, value: summary.median, unit, deterministic };
  return values.length > 1 ? { ...figure, spreadPercent: spreadPercent(summary) } : figure;
}

/** `5,480,848`, and with fewer than four digits before the point `69.9`. Pure. */
export function formatNumber(value: number): string {
  return Math.abs(value) < 1000 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US');
}

/** The median with half of the distance between the lowest and the highest: `5,480,848 (±5.9 %)`. Pure. */
export function formatSummary(summary: Summary): string {
  return `${formatNumber(summary.median)} (±${(spreadPercent(summary) / 2).toFixed(1)} %)`;
}

/** `75.7 MiB`, or KiB below one MiB. Pure. */
export function formatBytes(lengthBytes: number): string {
  const kibibytes = lengthBytes / 1024;
  if (Math.abs(kibibytes) < 1024) return `${kibibytes.toFixed(1)} KiB`;
  return `${(kibibytes / 1024).toFixed(1)} MiB`;
}
