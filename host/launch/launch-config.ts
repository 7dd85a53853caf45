import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import type { LogLevel } from '../vm/kernel-arguments.ts';
import type { VariableMap } from './environment.ts';

export type RootFormat = 'squashfs' | 'erofs';

/** What the user asked of the workload; `undefined` leaves the image's word. */
export interface WorkloadOptions {
  /** One word in place of the image's Entrypoint; the empty word stands for none. */
  entrypoint: string | undefined;
  /** In place of the image's Cmd when there is any word. */
  command: readonly string[];
  env: VariableMap;
  user: string | undefined;
  workingDir: string | undefined;
  hostname: string | undefined;
  stopSignal: string | undefined;
  stopGraceMs: number | undefined;
  /** Whether the workload gets our stdin; without it it reads /dev/null. */
  stdin: boolean;
  logLevel: LogLevel;
}

/** The first digits of the machine's id, as containers are used to be called. */
export function defaultHostname(machineId: string): string {
  return machineId.slice(0, 12);
}

/** Puts a launch.json together. Pure; the writer of the config disk checks every value. */
export function launchConfig(
  options: WorkloadOptions,
  root: { format: RootFormat },
  network: LaunchConfigInput['network'],
): LaunchConfigInput {
  const { entrypoint, command, env, user, workingDir, hostname, stopSignal, stopGraceMs } = options;
  return {
    version: 1,
    root: { format: root.format },
    ...(hostname === undefined ? {} : { hostname }),
    ...(network === undefined ? {} : { network }),
    process: {
      ...(entrypoint === undefined ? {} : { entrypoint: entrypoint === '' ? [] : [entrypoint] }),
      ...(command.length === 0 ? {} : { command: [...command] }),
      env: Object.fromEntries(env),
      ...(user === undefined ? {} : { user }),
      ...(workingDir === undefined ? {} : { workingDir }),
      ...(stopSignal === undefined ? {} : { stopSignal }),
      stdin: options.stdin,
    },
    ...(stopGraceMs === undefined ? {} : { stopGraceMs }),
    logLevel: options.logLevel,
  };
}
