import type { ExecParams } from '../../protocol/messages.ts';
import type { SpecCapabilities } from '../../protocol/oci/runtime-spec.ts';
import { overlayEnvironment } from '../../protocol/oci/convert/environment.ts';
import type { RunnableProcess } from './runnable-spec.ts';
import type { ResolvedUser } from '../../protocol/oci/convert/user.ts';

/**
 * What another user than the container's may do in it: root what the container may, others nothing yet, but they may
 * gain that by setuid.
 */
function capabilitiesOf(uid: number, { bounding = [] }: SpecCapabilities): SpecCapabilities {
  const own = uid === 0 ? bounding : [];
  return { bounding, effective: own, permitted: own, inheritable: [], ambient: [] };
}

/**
 * The process of an exec: as the container's first one, but for what the request says. `user` is who the request
 * names; without one it is the container's, groups included. Pure.
 */
export function execProcess(
  container: RunnableProcess,
  params: ExecParams,
  user: ResolvedUser | undefined,
): RunnableProcess {
  const hasTerminal = params.terminal !== undefined && !params.detach;
  // A user's home goes with the user; what the request sets itself goes over all.
  const home: Record<string, string> = user === undefined ? {} : { HOME: user.home };
  const process = {
    ...container,
    args: params.args,
    env: overlayEnvironment(container.env ?? [], { ...home, ...params.env }, hasTerminal),
    cwd: params.cwd ?? container.cwd,
  };
  if (user === undefined) return process;
  const { uid, gid, additionalGids } = user;
  return {
    ...process,
    user: { ...container.user, uid, gid, additionalGids },
    capabilities: capabilitiesOf(uid, container.capabilities ?? {}),
  };
}
