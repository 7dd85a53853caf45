import type { ImageConfig } from '../../protocol/image-config.ts';
import type { LaunchConfig } from '../../protocol/launch-config.ts';
import {
  defaultCapabilities,
  defaultDevices,
  defaultMaskedPaths,
  defaultMounts,
  defaultNamespaces,
  defaultReadonlyPaths,
  defaultRlimits,
} from './defaults.ts';
import { composeEnvironment } from './environment.ts';
import type { RuntimeConfig, RuntimeMount } from './runtime-config.ts';
import type { ProcessUser } from './user.ts';

const defaultArguments = ['/bin/sh'];

/**
 * argv by the image spec's rules (conversion.md) and Docker's: Entrypoint then Cmd; a given entrypoint drops
 * the image's Cmd; a given command replaces it; nothing at all means a shell (KR 8). Pure.
 */
export function composeArguments(image: ImageConfig, process: LaunchConfig['process']): string[] {
  const entrypoint = process.entrypoint ?? image.config?.Entrypoint ?? [];
  const imageCommand = process.entrypoint === undefined ? (image.config?.Cmd ?? []) : [];
  const args = [...entrypoint, ...(process.command ?? imageCommand)];
  return args.length === 0 ? defaultArguments : args;
}

/** `User` as the launch config or the image has it. */
export function composeUser(image: ImageConfig, process: LaunchConfig['process']): string {
  return process.user ?? image.config?.User ?? '';
}

export interface ConversionInput {
  image: ImageConfig;
  launch: LaunchConfig;
  user: ProcessUser;
  hostname: string;
  /** A directory of kernel modules to show as /lib/modules/<release>. */
  kernelModules: { source: string; release: string } | undefined;
}

function kernelModulesMount(modules: ConversionInput['kernelModules']): RuntimeMount[] {
  if (modules === undefined) return [];
  return [
    {
      destination: `/lib/modules/${modules.release}`,
      type: 'none',
      source: modules.source,
      options: ['bind', 'ro', 'nosuid', 'nodev'],
    },
  ];
}

/** Turns image config and launch config into the one form that the engine runs. Pure. */
export function toRuntimeConfig(input: ConversionInput): RuntimeConfig {
  const { image, launch, user, hostname } = input;
  // As Docker: a user other than root starts without capabilities, but may gain the bounding ones by setuid.
  const own = user.uid === 0 ? defaultCapabilities : [];
  return {
    hostname,
    process: {
      args: composeArguments(image, launch.process),
      env: composeEnvironment({
        image: image.config?.Env ?? [],
        launch: launch.process.env,
        launchDefaults: launch.process.envDefaults,
        hostname,
        home: user.home,
      }),
      cwd: launch.process.workingDir ?? (image.config?.WorkingDir || '/'),
      user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids, umask: 0o022 },
      capabilities: {
        bounding: defaultCapabilities,
        effective: own,
        permitted: own,
        inheritable: [],
        ambient: [],
      },
      rlimits: defaultRlimits,
      noNewPrivileges: false,
      oomScoreAdj: 0,
    },
    mounts: [...defaultMounts, ...kernelModulesMount(input.kernelModules)],
    linux: {
      namespaces: defaultNamespaces,
      devices: defaultDevices,
      maskedPaths: defaultMaskedPaths,
      readonlyPaths: defaultReadonlyPaths,
    },
  };
}
