/** `Cancellable` for functions that hand it on: with exact optional properties an absent signal has to be allowed. */
export interface Aborting {
  signal?: AbortSignal | undefined;
}

/**
 * Waits for `promise`, at most until `signal` aborts: then `onAbort` is called and the signal's reason thrown.
 * The promise itself goes on; whatever it comes to later is ignored.
 */
export async function untilAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
  onAbort: () => void = () => {},
): Promise<Value> {
  if (signal === undefined) return await promise;
  promise.catch(() => {});
  const aborted = Promise.withResolvers<never>();
  const listener = (): void => {
    onAbort();
    aborted.reject(signal.reason);
  };
  if (signal.aborted) listener();
  signal.addEventListener('abort', listener, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', listener);
  }
}
