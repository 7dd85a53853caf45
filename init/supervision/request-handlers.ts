import type { Native } from '../../addon/native.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import type { RequestHandlers } from '../channel/requests.ts';
import { containerRoot } from '../container/exec-launch.ts';
import { fileRequests } from '../files/requests.ts';
import type { Log } from '../log/log.ts';
import type { Freezer } from '../machine/freezer.ts';
import { machineRequests } from '../machine/requests.ts';
import { metricsRequests } from '../metrics/requests.ts';
import { lifecycleRequests } from './lifecycle-requests.ts';
import { processRequests } from './process-requests.ts';
import type { Reaper } from './reaper.ts';
import type { Supervisor } from './supervisor.ts';

export interface RequestDependencies {
  native: Native;
  log: Log;
  reaper: Reaper;
  channel: HostChannel;
  supervisor: Supervisor;
  freezer: Freezer;
}

/** What the guest does for each request of this protocol version. */
export function requestHandlers(dependencies: RequestDependencies): RequestHandlers {
  const { native, log, channel, supervisor } = dependencies;
  const containers = () => supervisor.containers();
  const rootOfMain = (): string | undefined => {
    const [container] = containers();
    return container === undefined ? undefined : containerRoot(container.pid);
  };
  return {
    ...lifecycleRequests(dependencies),
    ...processRequests(dependencies),
    ...metricsRequests({ channel, containers }),
    ...machineRequests(dependencies),
    ...fileRequests({ native, log, channel, containerRoot: rootOfMain }),
  };
}
