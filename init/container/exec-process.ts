import type { ExecParams } from '../../protocol/messages.ts';
import { capabilitiesOf } from './defaults.ts';
import { overlayEnvironment } from './environment.ts';
import type { RuntimeProcess } from './runtime-config.ts';
import type { ProcessUser } from './user.ts';

/**
 * The process of an exec: as the container's first one, but for what the request says. `user` is who the request
 * names; without one it is the container's, groups included. Pure.
 */
export function execProcess(
  container: RuntimeProcess,
  params: ExecParams,
  user: ProcessUser | undefined,
): RuntimeProcess {
  const hasTerminal = params.terminal !== undefined && !params.detach;
  // A user's home goes with the user; what the request sets itself goes over all.
  const home: Record<string, string> = user === undefined ? {} : { HOME: user.home };
  const process = {
    ...container,
    args: params.args,
    env: overlayEnvironment(container.env, { ...home, ...params.env }, hasTerminal),
    cwd: params.cwd ?? container.cwd,
  };
  if (user === undefined) return process;
  const { uid, gid, additionalGids } = user;
  return {
    ...process,
    user: { ...container.user, uid, gid, additionalGids },
    capabilities: capabilitiesOf(uid),
  };
}
