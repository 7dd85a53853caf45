import type { RuntimeSpec } from '../../../protocol/oci/runtime-spec.ts';
import { guestPaths } from '../../phases/guest-paths.ts';

/** runtime-spec, runtime.md, "State": what a hook reads on its stdin. */
export interface ContainerState {
  ociVersion: string;
  id: string;
  status: 'creating' | 'created' | 'running' | 'stopped';
  /** As init sees it; absent once there is no process. */
  pid?: number;
  bundle: string;
  annotations?: Record<string, string>;
}

/** Version of the runtime-spec that the engine follows. */
export const ociVersion = '1.2.0';

/** The state of a container in a stage of its life. Pure. */
export function containerState(
  id: string,
  spec: RuntimeSpec,
  status: ContainerState['status'],
  pid?: number,
): ContainerState {
  const { annotations } = spec;
  return {
    ociVersion,
    id,
    status,
    ...(pid === undefined ? {} : { pid }),
    bundle: guestPaths.hookBundle,
    ...(annotations === undefined ? {} : { annotations }),
  };
}
