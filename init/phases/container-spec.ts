import { mainContainerId } from '../../protocol/names.ts';
import { refuseImpossible } from '../../protocol/oci/impossible.ts';
import { composeUser } from '../../protocol/oci/convert/process-words.ts';
import { chooseSeccomp } from '../../protocol/oci/convert/seccomp-choice.ts';
import { toRuntimeSpec } from '../../protocol/oci/convert/to-runtime-spec.ts';
import { resolveUser } from '../../protocol/oci/convert/user.ts';
import type { RuntimeSpec, SpecSeccomp } from '../../protocol/oci/runtime-spec.ts';
import { defaultSeccomp } from '../../protocol/oci/seccomp/default-profile.ts';
import { completeSpec, type RunnableSpec, runnableSpec } from '../container/runnable-spec.ts';
import type { ContainerDependencies } from '../container/start-process.ts';
import { terminalsPath } from '../container/terminals.ts';
import { findHome, readUserDatabase } from '../container/user-database.ts';
import { type GuestConfig, readSeccompProfile } from './config.ts';
import { findGuestDevices } from './guest-devices.ts';
import { defaultHostname } from './identity.ts';

/** What of the machine goes into the configuration of a container. */
export interface ContainerSurroundings {
  rootPath: string;
  kernelModules: { source: string; release: string } | undefined;
}

function seccompOf({ native }: ContainerDependencies, { launch }: GuestConfig): SpecSeccomp | undefined {
  const choice = chooseSeccomp(launch.container);
  if (choice.kind === 'none') return undefined;
  if (choice.kind === 'file') return readSeccompProfile(native, choice.path);
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  return defaultSeccomp({ capabilities: choice.capabilities, architecture });
}

function convertImage(
  dependencies: ContainerDependencies,
  config: GuestConfig,
  { rootPath, kernelModules }: ContainerSurroundings,
): RuntimeSpec {
  const { image, launch } = config;
  const database = readUserDatabase(dependencies.native, rootPath);
  return toRuntimeSpec({
    image,
    launch,
    user: resolveUser(composeUser(image, launch.process), database, launch.container?.groupAdd),
    hostname: launch.hostname ?? defaultHostname,
    terminals: terminalsPath(mainContainerId),
    kernelModules,
    seccomp: seccompOf(dependencies, config),
    findDevices: findGuestDevices,
  });
}

/**
 * The configuration of the main container: the one on the config disk as it is, else what the image's and the launch
 * config come to. Throws a FirstbornError of code `config`.
 */
export function mainContainerSpec(
  dependencies: ContainerDependencies,
  config: GuestConfig,
  surroundings: ContainerSurroundings,
): RunnableSpec {
  const { runtime } = config;
  if (runtime === undefined) {
    const spec = convertImage(dependencies, config, surroundings);
    // Without words of the user's there is nothing in it that could be wrong.
    if (config.launch.container !== undefined) refuseImpossible(spec, 'the container');
    return runnableSpec(spec);
  }
  return completeSpec(runtime, (uid) => findHome(dependencies.native, surroundings.rootPath, uid));
}
