import type { BundleEntry } from '../../image/bundle-entry.ts';
import { parseLaunchConfig } from '../../protocol/launch-config.ts';
import { requestedMounts } from '../../protocol/oci/convert/requested-mounts.ts';
import type { WorkloadOptions } from '../launch/launch-config.ts';
import type { GuestMount } from '../launch/mounts.ts';
import { withMounts } from '../launch/runtime-json.ts';
import type { Architecture } from '../vm/machine-description.ts';
import { readBundleFiles } from './bundle-files.ts';
import type { RuntimeSource } from './runtime-source.ts';
import { encodeSeccompProfile, loadSeccompProfile } from './seccomp-profile.ts';

/** Beside image config and launch.json: what the config disk holds of one container. */
export interface ContainerFiles {
  seccompProfileBytes: Buffer | undefined;
  bundle: readonly BundleEntry[] | undefined;
}

/** Reads what a container brings along. Throws what reading the profile and the bundle throws. */
export async function loadContainerFiles(request: {
  workload: WorkloadOptions;
  architecture: Architecture;
  runtime: RuntimeSource | undefined;
}): Promise<ContainerFiles> {
  const { workload, architecture, runtime } = request;
  return {
    seccompProfileBytes: encodeSeccompProfile(await loadSeccompProfile(workload.container, architecture)),
    bundle: runtime && (await readBundleFiles(runtime)),
  };
}

/** The configuration as the guest gets it: verbatim but for the mounts that were asked for beside it. Pure. */
export function runtimeConfigBytes(
  runtime: RuntimeSource | undefined,
  mounts: readonly GuestMount[],
): Buffer | undefined {
  if (runtime === undefined) return undefined;
  const launch = parseLaunchConfig({ version: 1, root: { format: 'squashfs' }, mounts });
  return withMounts(runtime.configBytes, requestedMounts(launch.mounts));
}
