import type { RequestHandlers } from '../channel/requests.ts';
import type { Supervisor } from './supervisor.ts';

export interface LifecycleDependencies {
  channel: { acknowledge(sequence: number): void };
  supervisor: Supervisor;
}

/** The requests about the conversation itself and about the end of workload and machine. */
export function lifecycleRequests({
  channel,
  supervisor,
}: LifecycleDependencies): Pick<RequestHandlers, 'ping' | 'acknowledge' | 'stop' | 'shutdown'> {
  return {
    ping: () => undefined,
    acknowledge: ({ params }) => channel.acknowledge(params.sequence),
    stop: ({ params }) => supervisor.stop({ ...params, reason: 'request' }),
    shutdown: ({ params }) => supervisor.shutDown({ ...params, reason: 'shutdown' }),
  };
}
