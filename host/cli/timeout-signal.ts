/** A timer of JavaScript takes no more. */
const maxDelayMs = 2 ** 31 - 1;

/** A signal that aborts at a point in time, and the timer behind it. */
export interface TimeoutSignal extends Disposable {
  signal: AbortSignal;
}

/** Aborts at `unixMs`, at once when that is past, never when it is absent. */
export function timeoutSignal(unixMs: number | undefined): TimeoutSignal {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const arm = (): void => {
    const leftMs = (unixMs ?? Number.POSITIVE_INFINITY) - Date.now();
    if (leftMs <= 0) abort.abort();
    else if (leftMs < Number.POSITIVE_INFINITY) timer = setTimeout(arm, Math.min(leftMs, maxDelayMs));
  };
  arm();
  return { signal: abort.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}
