import type { Readable, Writable } from 'node:stream';
import { FirstbornError } from '../../protocol/errors.ts';
import { clientStreams, type StreamEvent } from '../monitor/api.ts';
import type { Aborting } from './abort.ts';
import { connectToMonitor, type MonitorPlace } from './monitor-access.ts';
import { StreamLink } from './stream-link.ts';
import type { Attachment, AttachEnd, AttachOptions } from './types.ts';

/** What of a workload decides about the streams of an attachment. */
export interface AttachableWorkload {
  terminal: boolean;
  stdin: boolean;
}

/** Joins the workload's streams. An abort of the signal later on leaves them. */
export async function openAttachment(
  place: MonitorPlace,
  workload: AttachableWorkload,
  { signal, ...options }: AttachOptions & Aborting,
): Promise<Attachment> {
  const connection = await connectToMonitor(place, signal);
  const outputs = workload.terminal ? [clientStreams.output] : [clientStreams.output, clientStreams.error];
  const input = options.stdin && workload.stdin;
  const link = new StreamLink(connection, { input, outputs, signal });
  await link.open({ method: 'attach', params: { ...options, stdin: input } });
  return new LinkedAttachment(link, workload);
}

type GapListener = Parameters<Attachment['onGap']>[0];

class LinkedAttachment implements Attachment {
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable | undefined;
  readonly ended: Promise<AttachEnd>;
  readonly #link: StreamLink;
  #left = false;

  constructor(link: StreamLink, { terminal }: AttachableWorkload) {
    this.#link = link;
    this.stdin = link.input;
    this.stdout = link.output(clientStreams.output);
    this.stderr = terminal ? undefined : link.output(clientStreams.error);
    this.ended = link.ended.then(endOf, (error: unknown) => {
      if (this.#left) return { how: 'closed' };
      throw error;
    });
    this.ended.catch(() => {});
  }

  onGap(listener: GapListener): void {
    const earlier = this.#link.onGap;
    this.#link.onGap = (gap) => {
      earlier(gap);
      const stream = gap.stream === clientStreams.error ? 'stderr' : 'stdout';
      listener({ stream, missingBytes: gap.missingBytes });
    };
  }

  close(): void {
    this.#left = true;
    this.#link.close();
  }
}

function endOf(event: StreamEvent): AttachEnd {
  if (event.event === 'ended') return { how: 'ended' };
  if (event.event === 'dropped') return { how: 'dropped', behindBytes: event.behindBytes };
  if (event.event === 'failed') throw new FirstbornError(event.code, event.message);
  throw new FirstbornError('channel', `Cannot take the event "${event.event}" for the end of an attachment`);
}
