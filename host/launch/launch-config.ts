import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import type { TerminalSize } from '../../protocol/messages.ts';
import type { LogLevel } from '../vm/kernel-arguments.ts';
import { type ContainerSettings, containerConfig } from './container-settings.ts';
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
  /** Whether the workload has an input; without it it reads /dev/null. */
  stdin: boolean;
  /** A terminal of this size in place of pipes. */
  terminal: TerminalSize | undefined;
  /** What the container may use of its machine; without a number, all of it. */
  limits: NonNullable<LaunchConfigInput['limits']>;
  /** How the container is kept in. */
  container: ContainerSettings;
  /** What is other than the image has it of the check of the workload's health. */
  health: LaunchConfigInput['health'] | undefined;
  logLevel: LogLevel;
}

/** What is asked of a workload when nothing is: the image's word on everything, and no input. */
export function defaultWorkload(): WorkloadOptions {
  return {
    entrypoint: undefined,
    command: [],
    env: new Map(),
    user: undefined,
    workingDir: undefined,
    hostname: undefined,
    stopSignal: undefined,
    stopGraceMs: undefined,
    stdin: false,
    terminal: undefined,
    limits: {},
    container: {},
    health: undefined,
    logLevel: 'info',
  };
}

/** What a launch.json says beside the workload's own options. */
export interface LaunchSurroundings {
  format: RootFormat;
  network: LaunchConfigInput['network'];
  mounts: NonNullable<LaunchConfigInput['mounts']>;
  /** Whether the container's own configuration is on the config disk. */
  runtimeConfig?: boolean;
}

/** The first digits of the machine's id, as containers are used to be called. */
export function defaultHostname(machineId: string): string {
  return machineId.slice(0, 12);
}

/** Puts a launch.json together. Pure; the writer of the config disk checks every value. */
export function launchConfig(options: WorkloadOptions, around: LaunchSurroundings): LaunchConfigInput {
  const { hostname, stopGraceMs, limits, container, health } = options;
  return {
    version: 1,
    root: { format: around.format },
    ...(hostname === undefined ? {} : { hostname }),
    ...(around.network === undefined ? {} : { network: around.network }),
    process: processConfig(options),
    ...(around.mounts.length === 0 ? {} : { mounts: around.mounts }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(Object.keys(container).length === 0 ? {} : { container: containerConfig(container) }),
    ...(around.runtimeConfig === true ? { runtimeConfig: true } : {}),
    ...(stopGraceMs === undefined ? {} : { stopGraceMs }),
    ...(health === undefined ? {} : { health }),
    logLevel: options.logLevel,
  };
}

function processConfig(options: WorkloadOptions): NonNullable<LaunchConfigInput['process']> {
  const { entrypoint, command, env, user, workingDir, stopSignal, terminal } = options;
  return {
    ...(entrypoint === undefined ? {} : { entrypoint: entrypoint === '' ? [] : [entrypoint] }),
    ...(command.length === 0 ? {} : { command: [...command] }),
    env: Object.fromEntries(env),
    ...(user === undefined ? {} : { user }),
    ...(workingDir === undefined ? {} : { workingDir }),
    ...(stopSignal === undefined ? {} : { stopSignal }),
    stdin: options.stdin,
    ...(terminal === undefined ? {} : { terminal }),
  };
}
