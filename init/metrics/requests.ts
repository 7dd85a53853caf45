import type { Metrics } from '../../protocol/messages.ts';
import type { RequestHandlers } from '../channel/requests.ts';
import { CommandLines } from './command-lines.ts';
import { listProcesses } from './process-list.ts';
import { type MeteredContainer, takeSample } from './sample.ts';

/** What the samples need of the channel. */
export interface SampleChannel {
  /** Its queue is full: the host takes less than it is sent. */
  readonly congested: boolean;
  sendSample(metrics: Metrics): void;
  onNewSession(listener: () => void): void;
}

export interface MetricsDependencies {
  channel: SampleChannel;
  /** Those that run now. */
  containers: () => readonly MeteredContainer[];
  /** Where procfs is. */
  procRoot?: string;
}

/** Samples at an interval, for as long as the session lasts that asked for them. */
class SampleTimer {
  #timer: NodeJS.Timeout | undefined;
  readonly #send: () => void;

  constructor(send: () => void) {
    this.#send = send;
  }

  /** Replaces the interval; null ends it. */
  set(intervalMs: number | null): void {
    clearInterval(this.#timer);
    this.#timer = intervalMs === null ? undefined : setInterval(this.#send, intervalMs);
  }
}

/** The requests about what the machine and its containers use (KR 14). */
export function metricsRequests({
  channel,
  containers,
  procRoot = '/proc',
}: MetricsDependencies): Pick<RequestHandlers, 'metrics' | 'watch-metrics' | 'processes'> {
  const commandLines = new CommandLines();
  const samples = new SampleTimer(() => {
    // A host that does not keep up gets fewer samples, not late ones.
    if (!channel.congested) channel.sendSample(takeSample(containers(), procRoot));
  });
  channel.onNewSession(() => samples.set(null));
  return {
    metrics: () => takeSample(containers(), procRoot),
    'watch-metrics': ({ params }) => samples.set(params.intervalMs),
    processes: ({ params }) =>
      listProcesses({
        cgroupPaths: containers().map(({ cgroupPath }) => cgroupPath),
        after: params.after,
        commandLines,
        procRoot,
      }),
  };
}
