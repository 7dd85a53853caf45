import { guestPlatform } from '../../image/platform.ts';
import { readImageTexts } from '../../image/read-image-texts.ts';
import { type LaunchConfig, parseLaunchConfig } from '../../protocol/launch-config.ts';
import { maxUserDatabaseBytes } from '../../protocol/limits.ts';
import { composeUser } from '../../protocol/oci/convert/process-words.ts';
import { chooseSeccomp } from '../../protocol/oci/convert/seccomp-choice.ts';
import { toRuntimeSpec } from '../../protocol/oci/convert/to-runtime-spec.ts';
import { resolveUser } from '../../protocol/oci/convert/user.ts';
import type { RuntimeSpec, SpecSeccomp } from '../../protocol/oci/runtime-spec.ts';
import { defaultSeccomp } from '../../protocol/oci/seccomp/default-profile.ts';
import { findKnownDevices } from '../launch/known-devices.ts';
import { launchConfig, type WorkloadOptions } from '../launch/launch-config.ts';
import type { MountRequest } from '../launch/mounts.ts';
import { planMounts } from '../launch/volumes.ts';
import type { Architecture } from '../vm/machine-description.ts';
import { inspectMounts } from './mounts.ts';
import { loadSeccompProfile } from './seccomp-profile.ts';

export interface ImageSpecRequest {
  image: string;
  workload: WorkloadOptions;
  mounts: readonly MountRequest[];
  architecture: Architecture;
}

/** The name of a machine that nobody has made. */
const exampleHostname = 'firstborn';

const passwdPath = '/etc/passwd';
const groupPath = '/etc/group';

/**
 * The configuration that a machine would make of an image and these options, by the same function, with what only the
 * machine knows left out: its terminals, its kernel modules, devices without fixed numbers. Reads the image's layers and
 * writes nothing. Throws FirstbornErrors, and the signal's reason when aborted.
 */
export async function imageSpec(request: ImageSpecRequest, signal: AbortSignal): Promise<RuntimeSpec> {
  const { workload, architecture } = request;
  const launch = await describeLaunch(request);
  const seccomp = await seccompOf(launch, workload, architecture);
  const { config, texts } = await readImageTexts(request.image, [passwdPath, groupPath], {
    platform: guestPlatform(),
    maxBytes: maxUserDatabaseBytes,
    signal,
  });
  const database = { passwd: texts.get(passwdPath), group: texts.get(groupPath) };
  return toRuntimeSpec({
    image: config,
    launch,
    user: resolveUser(composeUser(config, launch.process), database, launch.container?.groupAdd),
    hostname: launch.hostname ?? exampleHostname,
    terminals: undefined,
    kernelModules: undefined,
    seccomp,
    findDevices: findKnownDevices,
  });
}

/** What launch.json would say. How a directory gets into the guest makes no difference there. */
async function describeLaunch({ workload, mounts }: ImageSpecRequest): Promise<LaunchConfig> {
  const { guest } = planMounts(await inspectMounts(mounts), ({ path, tag, readonly }) => ({
    share: { driver: '9p', tag, path, readonly },
    helper: undefined,
  }));
  return parseLaunchConfig(launchConfig(workload, { format: 'squashfs', network: undefined, mounts: guest }));
}

async function seccompOf(
  { container }: LaunchConfig,
  workload: WorkloadOptions,
  architecture: Architecture,
): Promise<SpecSeccomp | undefined> {
  const choice = chooseSeccomp(container);
  switch (choice.kind) {
    case 'none':
      return undefined;
    case 'default':
      return defaultSeccomp({
        capabilities: choice.capabilities,
        architecture: architecture === 'x86_64' ? 'x64' : 'arm64',
      });
    case 'file':
      return await loadSeccompProfile(workload.container, architecture);
    default:
      throw new TypeError(`Unknown choice ${String(choice satisfies never)}`);
  }
}
