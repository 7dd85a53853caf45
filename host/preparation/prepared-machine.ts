import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import type { Artefacts } from '../artefacts.ts';
import { defaultHostname, launchConfig, type WorkloadOptions } from '../launch/launch-config.ts';
import type { MachineSettings } from '../launch/machine-settings.ts';
import type { MountRequest } from '../launch/mounts.ts';
import type { PortRequest } from '../launch/port-option.ts';
import type { MountPlan } from '../launch/volumes.ts';
import { refuseSharesForXen } from '../launch/xen-refusals.ts';
import type { MachineDirectory } from '../machine/machine-directory.ts';
import type { MachineRecord } from '../machine/machine-record.ts';
import type { StateDirectory } from '../state-directory.ts';
import type { AcceleratorWish } from '../vm/accelerator.ts';
import type { Architecture } from '../vm/machine-description.ts';
import { type BootFiles, prepareBootFiles } from './boot-files.ts';
import { type ContainerFiles, loadContainerFiles, runtimeConfigBytes } from './container-files.ts';
import { type PreparedDisks, prepareDisks } from './disks.ts';
import { inspectMounts, isVerifiedDisk, mountModules, prepareMounts } from './mounts.ts';
import type { DescribedMachine, Platform } from './platform.ts';
import type { OnProgress } from './progress.ts';
import { qemuPlatform } from './qemu-platform.ts';
import { prepareRuntimeDisk } from './runtime-disk.ts';
import type { RuntimeSource } from './runtime-source.ts';
import { checkVerityKernel, verityModules } from './verity-kernel.ts';
import { xenPlatform } from './xen-platform.ts';

/** Everything that was asked of one machine, checked. */
export interface MachineRequest extends MachineSettings {
  image: string;
  workload: WorkloadOptions;
  architecture: Architecture;
  accelerator: AcceleratorWish;
  mounts: readonly MountRequest[];
  ports: readonly PortRequest[];
  /** The container's own configuration in place of one made of the image's; with a bundle its root is the image. */
  runtime: RuntimeSource | undefined;
}

/** Where preparation finds things and leaves them. */
export interface PreparationPlaces {
  directory: Pick<
    MachineDirectory,
    'id' | 'path' | 'configDiskPath' | 'consoleLogPath' | 'channelSocketPath' | 'xlConfigPath'
  >;
  state: StateDirectory;
  artefacts: Artefacts;
}

/** A machine that only needs to be started. */
export interface PreparedMachine
  extends DescribedMachine,
    Pick<MachineRecord, 'helpers' | 'ports' | 'volumes'> {
  /** What runs it, for people. */
  title: string;
  bootFiles: BootFiles;
  disks: PreparedDisks;
  /** What of the container's configuration has no effect. */
  warnings: readonly string[];
}

interface DiskParts {
  container: ContainerFiles;
  network: LaunchConfigInput['network'];
  mounts: MountPlan['guest'];
}

/**
 * Makes everything that a machine needs before its start: programs found, kernel and initramfs, disks, the
 * accelerator. What it writes is below `directory` and the caches; the caller removes `directory` when this
 * throws. Throws FirstbornErrors, and the signal's reason when aborted.
 */
export async function prepareMachine(
  request: MachineRequest,
  places: PreparationPlaces,
  { signal, onProgress }: { signal: AbortSignal; onProgress?: OnProgress },
): Promise<PreparedMachine> {
  const { directory, state } = places;
  const reporting = onProgress === undefined ? {} : { onProgress };
  const platform = await choosePlatform(request, places);
  const container = await loadContainerFiles(request);
  const inspectedMounts = await inspectMounts(request.mounts);
  if (request.xen !== undefined) refuseSharesForXen(inspectedMounts);
  const isVerified = request.verity || inspectedMounts.some(isVerifiedDisk);
  const bootFiles = await prepareBootFiles({
    kernelPath: request.kernelPath,
    modulesDir: request.modulesDir,
    runtimePlace: request.runtimePlace,
    extraModules: [...mountModules(inspectedMounts), ...(isVerified ? verityModules : [])],
    artefacts: places.artefacts,
    cacheDir: state.initramfsCacheDir,
    ...reporting,
  });
  if (isVerified) checkVerityKernel(bootFiles);
  const mounts = await prepareMounts(inspectedMounts, {
    machineDir: directory.path,
    kernel: { release: bootFiles.kernelRelease, modules: bootFiles.availableModules },
    ...(platform.nameDisk === undefined ? {} : { nameDisk: platform.nameDisk }),
  });
  const runtimeDiskPath =
    bootFiles.runtimeDiskPath && (await prepareRuntimeDisk(bootFiles.runtimeDiskPath, directory.path, state));
  signal.throwIfAborted();
  const disks = await prepareMachineDisks(request, places, {
    container,
    network: platform.network,
    mounts: mounts.guest,
    signal,
    ...reporting,
  });
  signal.throwIfAborted();
  const parts = { bootFiles, disks, runtimeDiskPath, mounts };
  const described = await platform.describe(parts, { signal, ...reporting });
  const { helpers, volumes } = mounts;
  const { title, ports } = platform;
  const warnings = request.runtime?.warnings ?? [];
  return { ...described, title, bootFiles, disks, helpers, ports, volumes, warnings };
}

async function choosePlatform(request: MachineRequest, places: PreparationPlaces): Promise<Platform> {
  return request.xen === undefined
    ? await qemuPlatform(request, places)
    : await xenPlatform(request, request.xen, places);
}

/** The root disk, and the config disk of this very machine. */
async function prepareMachineDisks(
  request: MachineRequest,
  { directory, state }: PreparationPlaces,
  { container, network, mounts, ...options }: DiskParts & { signal: AbortSignal; onProgress?: OnProgress },
): Promise<PreparedDisks> {
  const hostname = request.workload.hostname ?? defaultHostname(directory.id);
  return await prepareDisks({
    image: request.runtime?.bundle?.rootDirectory ?? request.image,
    isRootDirectory: request.runtime?.bundle !== undefined,
    format: request.format,
    verity: request.verity,
    outDir: directory.path,
    configDiskPath: directory.configDiskPath,
    launch: launchConfig(
      { ...request.workload, hostname },
      { format: request.format, network, mounts, runtimeConfig: request.runtime !== undefined },
    ),
    container: {
      ...container,
      runtimeConfigBytes: runtimeConfigBytes(request.runtime, mounts),
    },
    cacheDir: state.imageCacheDir,
    ...options,
  });
}
