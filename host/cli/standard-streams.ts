import type { Readable, Writable } from 'node:stream';

/**
 * How forwarding ended: `closed` when our own reader went away, which is no failure of the run; `given-up` when
 * it took nothing any more and could not be waited for.
 */
export type ForwardEnd =
  | { state: 'done' }
  | { state: 'closed' }
  | { state: 'given-up' }
  | { state: 'failed'; error: Error };

/** Streams whose reader takes nothing. Node never really destroys stdout and stderr, so it can't tell. */
const givenUp = new WeakSet<Writable>();

/** Resolves when everything written so far has left, or can't. */
export function flush(sink: Writable): Promise<void> {
  if (givenUp.has(sink)) return Promise.resolve();
  return new Promise((resolve) => {
    sink.write('', () => resolve());
  });
}

/**
 * Writes what the workload wrote to one of our own streams, no faster than that takes it. Resolves when the
 * source has ended and everything is written.
 *
 * When our reader goes away (EPIPE), or the stream fails otherwise, the rest is read and thrown away: the
 * workload must not hang on a reader that will never come back, and its work may well be worth finishing. When
 * `signal` aborts, what the sink has not taken is not waited for, here and in `flush`.
 */
export function forward(source: Readable, sink: Writable, signal?: AbortSignal): Promise<ForwardEnd> {
  const { promise, resolve } = Promise.withResolvers<ForwardEnd>();
  let failure: ForwardEnd | undefined;
  const fail = (end: ForwardEnd): ForwardEnd => {
    failure ??= end;
    source.unpipe(sink);
    source.resume();
    return failure;
  };
  const giveUp = (): void => {
    givenUp.add(sink);
    resolve(fail({ state: 'given-up' }));
  };
  sink.on('error', (error) => {
    const end = fail(endOfFailure(error));
    if (source.readableEnded) resolve(end);
  });
  source.once('end', () => {
    if (failure !== undefined) resolve(failure);
    // An empty write is done when everything before it is.
    else sink.write('', (error) => resolve(error ? fail(endOfFailure(error)) : { state: 'done' }));
  });
  source.pipe(sink, { end: false });
  signal?.addEventListener('abort', giveUp, { once: true });
  return promise.finally(() => signal?.removeEventListener('abort', giveUp));
}

function endOfFailure(error: NodeJS.ErrnoException): ForwardEnd {
  return error.code === 'EPIPE' ? { state: 'closed' } : { state: 'failed', error };
}

/** Passes our input on to the workload; its end becomes the end of the workload's input. */
export function feed(source: Readable, sink: Writable): void {
  // An input that can't be read has ended as far as the workload is concerned.
  source.once('error', () => sink.end());
  // The workload may end without having read its input.
  sink.once('error', () => source.unpipe(sink));
  source.pipe(sink);
}
