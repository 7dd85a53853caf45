import { FirstbornError } from '../../protocol/errors.ts';
import { Metrics } from '../../protocol/messages.ts';
import { parseJsonWith } from '../../protocol/parse.ts';
import type { StreamEvent } from '../monitor/api.ts';
import type { Aborting } from './abort.ts';
import { connectToMonitor, type MonitorPlace } from './monitor-access.ts';
import { StreamLink } from './stream-link.ts';

type Next = { state: 'sample' } | { state: 'over'; event: StreamEvent } | { state: 'failed'; error: unknown };

/**
 * Samples of a machine until it ends, or until the reader stops. A reader that is slower than the interval gets
 * the newest sample and misses those between. Throws when the monitor is lost while the machine runs.
 */
export async function* watchMetrics(
  place: MonitorPlace,
  { signal, intervalMs }: Aborting & { intervalMs: number },
): AsyncGenerator<Metrics, void, undefined> {
  const connection = await connectToMonitor(place, signal);
  let newest: Buffer | undefined;
  let wake: (() => void) | undefined;
  const onSample = (payload: Buffer): void => {
    newest = payload;
    wake?.();
  };
  const link = new StreamLink(connection, { input: false, outputs: [], signal, onSample });
  const end: Promise<Next> = link.ended.then(
    (event) => ({ state: 'over', event }),
    (error: unknown) => ({ state: 'failed', error }),
  );
  try {
    await link.open({ method: 'watch-metrics', params: { intervalMs } });
    for (;;) {
      const sampled = new Promise<Next>((resolve) => {
        wake = () => resolve({ state: 'sample' });
      });
      const next = newest === undefined ? await Promise.race([sampled, end]) : { state: 'sample' as const };
      if (next.state !== 'sample') {
        await checkEnd(next, place, signal);
        return;
      }
      if (newest === undefined) continue;
      const payload = newest;
      newest = undefined;
      yield parseJsonWith(Metrics, payload.toString(), 'a sample', 'channel');
    }
  } finally {
    link.close();
  }
}

/** A machine's end is the end of its samples; anything else is an error. */
async function checkEnd(
  end: Exclude<Next, { state: 'sample' }>,
  place: MonitorPlace,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  if (end.state === 'over' && end.event.event === 'failed') {
    throw new FirstbornError(end.event.code, end.event.message);
  }
  // A machine that removes itself leaves nothing to ask.
  const state = await place.info().then(
    (info) => info.state,
    () => 'exited',
  );
  if (end.state === 'failed' && state !== 'exited') throw end.error;
}
