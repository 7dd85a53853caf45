import type { ImageConfig } from '../../image-config.ts';
import type { LaunchConfig } from '../../launch-config.ts';
import { guestReaperPath } from '../../names.ts';
import type { RuntimeSpec, SpecLinux, SpecMount, SpecProcess, SpecSeccomp } from '../runtime-spec.ts';
import { composeAnnotations } from './annotations.ts';
import { boundingCapabilities, capabilitySetsOf } from './capabilities.ts';
import { defaultMounts } from './default-mounts.ts';
import { defaultMaskedPaths, defaultReadonlyPaths } from './default-paths.ts';
import { containerDevices, type FindDevices } from './devices.ts';
import { composeEnvironment } from './environment.ts';
import { chooseNamespaces } from './namespaces.ts';
import { composeArguments } from './process-words.ts';
import { requestedMounts, withImageVolumes } from './requested-mounts.ts';
import { composeResources } from './resources.ts';
import { composeRlimits } from './rlimits.ts';
import type { ResolvedUser } from './user.ts';

/** The version whose words we use. */
export const runtimeSpecVersion = '1.2.0';

/** Where a container finds the program that `init` makes its first process. */
const reaperDestination = '/sbin/firstborn-init';

/** What a container's configuration is made of. */
export interface ConversionInput {
  image: ImageConfig;
  launch: LaunchConfig;
  /** Of `composeUser`'s words and the launch config's `groupAdd` (resolveUser). */
  user: ResolvedUser;
  hostname: string;
  /** Where init has the container's devpts, in its own root; absent where there is no init. */
  terminals: string | undefined;
  /** A directory of kernel modules to show as /lib/modules/<release>. */
  kernelModules: { source: string; release: string } | undefined;
  /** What `chooseSeccomp` led to. */
  seccomp: SpecSeccomp | undefined;
  /** Asked for what the launch config names, and for `/dev` when the container is privileged. */
  findDevices: FindDevices;
}

/**
 * Turns image config and launch config into the one form that the engine runs, by the image spec's rules
 * (conversion.md), with defaults at least as strict as Docker's. Pure but for `findDevices`. Throws a FirstbornError of
 * code `config` for what the image must not want, and what `findDevices` throws.
 */
export function toRuntimeSpec(input: ConversionInput): RuntimeSpec {
  const { image, launch, hostname } = input;
  const { readonlyRoot = false, domainname } = launch.container ?? {};
  const annotations = composeAnnotations(image, launch);
  return {
    ociVersion: runtimeSpecVersion,
    root: { path: 'rootfs', readonly: readonlyRoot },
    process: convertProcess(input),
    hostname,
    ...(domainname === undefined ? {} : { domainname }),
    mounts: convertMounts(input),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    linux: convertLinux(input),
  };
}

function convertProcess({ image, launch, user, hostname }: ConversionInput): SpecProcess {
  const { container, process } = launch;
  const args = composeArguments(image, process);
  const { terminal } = process;
  return {
    terminal: terminal !== undefined,
    ...(terminal === undefined ? {} : { consoleSize: { height: terminal.rows, width: terminal.columns } }),
    user: {
      uid: user.uid,
      gid: user.gid,
      umask: container?.umask ?? 0o022,
      additionalGids: user.additionalGids,
    },
    args: container?.init === true ? [reaperDestination, ...args] : args,
    env: composeEnvironment({
      image: image.config?.Env ?? [],
      launch: process.env,
      launchDefaults: process.envDefaults,
      hostname,
      home: user.home,
      hasTerminal: terminal !== undefined,
    }),
    cwd: process.workingDir ?? (image.config?.WorkingDir || '/'),
    capabilities: capabilitySetsOf(user.uid, boundingCapabilities(container)),
    rlimits: composeRlimits(container?.rlimits),
    noNewPrivileges: container?.noNewPrivileges ?? false,
    oomScoreAdj: container?.oomScoreAdj ?? 0,
  };
}

/** A file or directory of init's own root, for reading. */
const shownReadonly = (source: string, destination: string): SpecMount => ({
  destination,
  type: 'bind',
  source,
  options: ['bind', 'ro', 'nosuid', 'nodev'],
});

/** The defaults give way to what is asked for at the same place, as with Docker. */
function convertMounts({ image, launch, terminals, kernelModules }: ConversionInput): SpecMount[] {
  const { container } = launch;
  const requested = withImageVolumes(image, requestedMounts(launch.mounts));
  const taken = new Set(requested.map(({ destination }) => destination));
  const defaults = defaultMounts({
    terminals,
    privileged: container?.privileged === true,
    shmSizeBytes: container?.shmSizeBytes,
  });
  return [
    ...defaults.filter(({ destination }) => !taken.has(destination)),
    ...(kernelModules === undefined
      ? []
      : [shownReadonly(kernelModules.source, `/lib/modules/${kernelModules.release}`)]),
    ...(container?.init === true ? [shownReadonly(guestReaperPath, reaperDestination)] : []),
    ...requested,
  ];
}

function convertLinux({ launch, seccomp, findDevices }: ConversionInput): SpecLinux {
  const { container, limits } = launch;
  const isPrivileged = container?.privileged === true;
  const { devices, rules } = containerDevices(container, findDevices);
  return {
    ...chooseNamespaces(container?.userns),
    ...(container?.sysctl === undefined ? {} : { sysctl: { ...container.sysctl } }),
    devices,
    resources: composeResources(limits, rules),
    maskedPaths: isPrivileged ? [] : [...defaultMaskedPaths],
    readonlyPaths: isPrivileged ? [] : [...defaultReadonlyPaths],
    ...(seccomp === undefined ? {} : { seccomp }),
  };
}
