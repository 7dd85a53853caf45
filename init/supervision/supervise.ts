import type { ReapedChild } from '../../addon/native.ts';
import type { EventBody, Request } from '../../protocol/messages.ts';
import { defaultStopGraceMs } from '../../protocol/limits.ts';
import { exitCodes, mainContainerId } from '../../protocol/names.ts';
import { parseSignal } from '../../protocol/signals.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import { RequestDesk, RequestRefusal } from '../channel/requests.ts';
import { shortText } from '../channel/short-text.ts';
import type { Container } from '../container/container.ts';
import type { StartFailure } from '../container/start-failure.ts';
import type { GuestConfig } from '../phases/config.ts';

const SIGTERM = 15;

type StopRequest = Extract<Request, { method: 'stop' }>;

/** The signal that asks this workload to end, and how long it may take. */
export interface StopPolicy {
  signal: number;
  graceMs: number;
}

/** Before the config has been read. */
export const defaultStopPolicy: StopPolicy = { signal: SIGTERM, graceMs: defaultStopGraceMs };

/** The launch config's word, else the image's, else SIGTERM and ten seconds. An unreadable image's is SIGTERM. */
export function stopPolicy({ launch, image }: GuestConfig): StopPolicy {
  const text = launch.process.stopSignal ?? image.config?.StopSignal ?? '';
  return {
    signal: parseSignal(text) ?? defaultStopPolicy.signal,
    graceMs: launch.stopGraceMs ?? defaultStopPolicy.graceMs,
  };
}

/** The exit event for a reaped first process: its code, or 128 and the signal. */
export function exitEvent(child: ReapedChild): EventBody {
  const base = { event: 'exit', container: mainContainerId } as const;
  return child.state === 'exited'
    ? { ...base, reason: 'exited', code: child.code }
    : { ...base, reason: 'signaled', code: exitCodes.signalBase + child.signal, signal: child.signal };
}

/** The exit event of a container that never ran. */
export function notStartedEvent({ code, message }: StartFailure): EventBody {
  return {
    event: 'exit',
    container: mainContainerId,
    reason: 'not-started',
    code,
    message: shortText(message),
  };
}

/** What the host's requests act on; the container comes when it has started. */
export interface Supervised {
  channel: HostChannel;
  container: Container | undefined;
  policy: StopPolicy;
}

/** Stops the container as the host asks; says so to all once. */
function stopContainer({ channel, container, policy }: Supervised, params: StopRequest['params']): void {
  if (container === undefined)
    throw new RequestRefusal('not-found', 'Cannot stop the container: it has not started');
  const wasStopping = container.stopping;
  if (!container.stop(params.signal ?? policy.signal, params.graceMs ?? policy.graceMs)) {
    throw new RequestRefusal('not-found', 'Cannot stop the container: it has ended');
  }
  if (!wasStopping) channel.announce({ event: 'stopping', container: mainContainerId, reason: 'request' });
}

/** The requests of this protocol version. */
export function requestDesk(supervised: Supervised): RequestDesk {
  return new RequestDesk({
    ping: () => undefined,
    acknowledge: ({ params }) => supervised.channel.acknowledge(params.sequence),
    stop: ({ params }) => stopContainer(supervised, params),
  });
}
