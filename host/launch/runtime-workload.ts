import { FirstbornError } from '../../protocol/errors.ts';
import { usualTerminalSize } from '../../protocol/limits.ts';
import type { RuntimeSpec } from '../../protocol/oci/runtime-spec.ts';
import type { WorkloadOptions } from './launch-config.ts';

/** Names of what a request says about the container itself. */
function saidOfContainer(workload: WorkloadOptions): string[] {
  const said: Record<string, boolean> = {
    entrypoint: workload.entrypoint !== undefined,
    command: workload.command.length > 0,
    env: workload.env.size > 0,
    user: workload.user !== undefined,
    workingDir: workload.workingDir !== undefined,
    limits: Object.keys(workload.limits).length > 0,
    container: Object.keys(workload.container).length > 0,
  };
  return Object.keys(said).filter((name) => said[name]);
}

/**
 * The workload of a container whose configuration is given whole: a request may add how it is stopped, watched and spoken
 * with, nothing else. The configuration decides about the terminal, whose size is the request's, else its own. Pure.
 * Throws a FirstbornError of code `usage`.
 */
export function workloadOfRuntime(workload: WorkloadOptions, { process }: RuntimeSpec): WorkloadOptions {
  const [name] = saidOfContainer(workload);
  if (name !== undefined) {
    throw new FirstbornError(
      'usage',
      `Cannot set "${name}" of a workload that has a configuration of its own`,
    );
  }
  if (process?.terminal !== true) {
    if (workload.terminal === undefined) return workload;
    throw new FirstbornError(
      'usage',
      'Cannot give the workload a terminal: its configuration has no "process.terminal"',
    );
  }
  const size = process.consoleSize;
  const own = size === undefined ? usualTerminalSize : { rows: size.height, columns: size.width };
  return { ...workload, terminal: workload.terminal ?? own };
}
