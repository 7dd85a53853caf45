import type { ImageConfig } from '../../protocol/image-config.ts';
import type { LaunchConfig, MountConfig } from '../../protocol/launch-config.ts';
import { volumePath } from '../phases/guest-paths.ts';
import {
  capabilitiesOf,
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
/** As /tmp: what every user may write to. */
const defaultTmpfsMode = 0o1777;

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
  /** Where the container's devpts is mounted. */
  terminals: string;
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

/** A mount of the launch config: a volume that init has mounted already (see `volumePath`), or a tmpfs. */
function requestedMount(mount: MountConfig, index: number): RuntimeMount {
  const { destination } = mount;
  const options = ['nosuid', 'nodev', ...(mount.readonly ? ['ro'] : [])];
  if (mount.type !== 'tmpfs') {
    return { destination, type: 'none', source: volumePath(index), options: ['bind', ...options] };
  }
  const size = mount.sizeBytes === undefined ? [] : [`size=${mount.sizeBytes}`];
  const mode = `mode=${(mount.mode ?? defaultTmpfsMode).toString(8)}`;
  return {
    destination,
    type: 'tmpfs',
    source: 'tmpfs',
    options: [...options, mode, ...size, ...mount.options],
  };
}

/** Turns image config and launch config into the one form that the engine runs. Pure. */
export function toRuntimeConfig(input: ConversionInput): RuntimeConfig {
  const { image, launch, user, hostname } = input;
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
        hasTerminal: launch.process.terminal !== undefined,
      }),
      cwd: launch.process.workingDir ?? (image.config?.WorkingDir || '/'),
      user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids, umask: 0o022 },
      capabilities: capabilitiesOf(user.uid),
      rlimits: defaultRlimits,
      noNewPrivileges: false,
      oomScoreAdj: 0,
    },
    mounts: [
      ...defaultMounts(input.terminals),
      ...kernelModulesMount(input.kernelModules),
      ...launch.mounts.map(requestedMount),
    ],
    linux: {
      namespaces: defaultNamespaces,
      devices: defaultDevices,
      maskedPaths: defaultMaskedPaths,
      readonlyPaths: defaultReadonlyPaths,
    },
  };
}
