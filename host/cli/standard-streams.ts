import type { Readable, Writable } from 'node:stream';

/** How forwarding ended: `closed` when our own reader went away, which is no failure of the run. */
export type ForwardEnd = { state: 'done' } | { state: 'closed' } | { state: 'failed'; error: Error };

/**
 * Writes what the workload wrote to one of our own streams, no faster than that takes it. Resolves when the
 * source has ended and everything is written.
 *
 * When our reader goes away (EPIPE), or the stream fails otherwise, the rest is read and thrown away: the
 * workload must not hang on a reader that will never come back, and its work may well be worth finishing.
 */
export function forward(source: Readable, sink: Writable): Promise<ForwardEnd> {
  return new Promise((resolve) => {
    let failure: ForwardEnd | undefined;
    const fail = (error: NodeJS.ErrnoException): ForwardEnd => {
      failure ??= error.code === 'EPIPE' ? { state: 'closed' } : { state: 'failed', error };
      source.unpipe(sink);
      source.resume();
      return failure;
    };
    sink.on('error', (error) => {
      const end = fail(error);
      if (source.readableEnded) resolve(end);
    });
    source.once('end', () => {
      if (failure !== undefined) resolve(failure);
      // An empty write is done when everything before it is.
      else sink.write('', (error) => resolve(error ? fail(error) : { state: 'done' }));
    });
    source.pipe(sink, { end: false });
  });
}

/** Passes our input on to the workload; its end becomes the end of the workload's input. */
export function feed(source: Readable, sink: Writable): void {
  // An input that can't be read has ended as far as the workload is concerned.
  source.once('error', () => sink.end());
  // The workload may end without having read its input.
  sink.once('error', () => source.unpipe(sink));
  source.pipe(sink);
}
