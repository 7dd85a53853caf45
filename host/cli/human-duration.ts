const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A length of time as docker-ps(1) writes it: `Less than a second`, `About a minute`, `3 hours`. Pure. */
export function humanDuration(durationMs: number): string {
  const count = (unitMs: number): number => Math.floor(durationMs / unitMs);
  if (durationMs < secondMs) return 'Less than a second';
  if (durationMs < 2 * secondMs) return '1 second';
  if (durationMs < minuteMs) return `${count(secondMs)} seconds`;
  if (durationMs < 2 * minuteMs) return 'About a minute';
  if (durationMs < hourMs) return `${count(minuteMs)} minutes`;
  if (durationMs < 2 * hourMs) return 'About an hour';
  if (durationMs < 2 * dayMs) return `${count(hourMs)} hours`;
  if (durationMs < 14 * dayMs) return `${count(dayMs)} days`;
  if (durationMs < 60 * dayMs) return `${count(7 * dayMs)} weeks`;
  if (durationMs < 730 * dayMs) return `${count(30 * dayMs)} months`;
  return `${count(365 * dayMs)} years`;
}

/** How long ago something was: `3 hours ago`. A clock that was set back makes nothing of the future. Pure. */
export function humanAge(unixMs: number, nowMs: number): string {
  return `${humanDuration(Math.max(0, nowMs - unixMs))} ago`;
}

/** Time on a CPU as ps(1) writes it: `00:01:05`, with as many hours as it takes. Pure. */
export function clockDuration(durationMs: number): string {
  const seconds = Math.floor(durationMs / secondMs);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
