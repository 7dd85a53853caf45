import { setTimeout as sleep } from 'node:timers/promises';

const firstPauseMs = 1;
const longestPauseMs = 50;
/** What a timer can hold; it takes more than that for one millisecond. */
const longestDelayMs = 2 ** 31 - 1;

/**
 * Asks `probe` until it gives something other than `undefined`, with pauses that double. Gives `undefined`
 * when `deadlineMs` have passed.
 */
export async function pollUntil<Value>(
  probe: () => Value | undefined,
  deadlineMs: number,
): Promise<Value | undefined> {
  const endMs = performance.now() + deadlineMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const value = probe();
    if (value !== undefined || performance.now() >= endMs) return value;
    await sleep(pauseMs);
  }
}

export type WithinDeadline<Value> = { state: 'settled'; value: Value } | { state: 'late' };

/** Waits for `promise`, but no longer than `deadlineMs`. A rejection passes through. */
export async function withinDeadline<Value>(
  promise: Promise<Value>,
  deadlineMs: number,
): Promise<WithinDeadline<Value>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<WithinDeadline<Value>>((resolve) => {
    timer = setTimeout(() => resolve({ state: 'late' }), Math.min(deadlineMs, longestDelayMs));
  });
  try {
    return await Promise.race([
      promise.then((value): WithinDeadline<Value> => ({ state: 'settled', value })),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
