import { FirstbornError } from '../../protocol/errors.ts';

const unitMs: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
/** What a Date can be: a hundred million days around 1970. */
const maxUnixMs = 8.64e15;

/**
 * Reads a length of time as Go and docker(1) write it: `10m`, `1h30m`, `1.5s`. Returns milliseconds, `undefined` for
 * anything else. Pure.
 */
export function parseDurationMs(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    totalMs += Number(amount) * (unitMs[unit] ?? Number.NaN);
  }
  return Number.isFinite(totalMs) ? totalMs : undefined;
}

/** `2026-01-02`, `2026-01-02T15:04`, `2026-01-02T15:04:05.678Z`; local time without a zone, as docker-logs(1). */
const datePattern =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:[Tt ](?<time>\d{2}(?::\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?))?(?<zone>[Zz]|[+-]\d{2}:\d{2})?$/;

function parseDateMs(text: string): number | undefined {
  const { date, time, zone } = datePattern.exec(text)?.groups ?? {};
  if (date === undefined || (time === undefined && zone !== undefined)) return undefined;
  // Date.parse() takes a day alone for UTC, and no hours without minutes.
  const clock = time === undefined ? '00:00' : time.length === 2 ? `${time}:00` : time;
  const unixMs = Date.parse(`${date}T${clock}${zone?.toUpperCase() ?? ''}`);
  return Number.isNaN(unixMs) || !isRealDay(date) ? undefined : unixMs;
}

/** Date.parse() makes the 3rd of March of the 31st of February. */
function isRealDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}

/**
 * Reads a point in time as docker-logs(1) takes it: an age (`10m`, `1h30m`), a date or time of RFC 3339, or seconds
 * since 1970 with fractions. Returns milliseconds since 1970. Pure. Throws a FirstbornError of code `usage`.
 */
export function readTimeMs(option: string, text: string, nowMs: number): number {
  const ageMs = parseDurationMs(text);
  if (ageMs !== undefined) return nowMs - ageMs;
  const unixMs = /^\d{1,13}(?:\.\d{1,9})?$/.test(text) ? Number(text) * 1000 : parseDateMs(text);
  if (unixMs !== undefined && unixMs <= maxUnixMs) return unixMs;
  throw new FirstbornError(
    'usage',
    `Cannot take "${text}" for --${option}: expected an age such as 10m, a time such as 2026-01-31T12:00:00Z, or seconds since 1970`,
  );
}
