import { readFile } from 'node:fs/promises';
import type { Artefacts } from '../artefacts.ts';
import { defaultHostname, launchConfig, type WorkloadOptions } from '../launch/launch-config.ts';
import { describeMachine } from '../launch/machine-layout.ts';
import type { MachineSettings } from '../launch/machine-settings.ts';
import type { MountRequest } from '../launch/mounts.ts';
import { chooseNetwork } from '../launch/network-choice.ts';
import type { PortRequest } from '../launch/port-option.ts';
import { choosePorts, forwardPorts } from '../launch/ports.ts';
import { macAddress } from '../launch/user-network.ts';
import type { MachineDirectory } from '../machine/machine-directory.ts';
import type { MachineRecord } from '../machine/machine-record.ts';
import type { StateDirectory } from '../state-directory.ts';
import {
  type AcceleratorChoice,
  type AcceleratorWish,
  chooseAccelerator,
  judgeKvm,
} from '../vm/accelerator.ts';
import type { Architecture, MachineDescription } from '../vm/machine-description.ts';
import { findQemu, type QemuProgram } from '../vm/qemu-program.ts';
import { tscKHzFromCpuInfo } from '../vm/tsc-rate.ts';
import { type BootFiles, prepareBootFiles } from './boot-files.ts';
import { loadContainerFiles, runtimeConfigBytes } from './container-files.ts';
import { type PreparedDisks, prepareDisks } from './disks.ts';
import { inspectMounts, isVerifiedDisk, mountModules, prepareMounts } from './mounts.ts';
import type { OnProgress } from './progress.ts';
import { prepareRuntimeDisk } from './runtime-disk.ts';
import type { RuntimeSource } from './runtime-source.ts';
import { checkVerityKernel, verityModules } from './verity-kernel.ts';

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
    'id' | 'path' | 'configDiskPath' | 'consoleLogPath' | 'channelSocketPath'
  >;
  state: StateDirectory;
  artefacts: Artefacts;
}

/** A machine that only needs to be started. */
export interface PreparedMachine extends Pick<MachineRecord, 'helpers' | 'ports' | 'volumes'> {
  description: MachineDescription;
  qemu: QemuProgram;
  accelerator: AcceleratorChoice;
  bootFiles: BootFiles;
  disks: PreparedDisks;
  /** What of the container's configuration has no effect. */
  warnings: readonly string[];
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
  const qemu = await findQemu(request.architecture);
  const container = await loadContainerFiles(request);
  const inspectedMounts = await inspectMounts(request.mounts);
  const isVerified = request.verity || inspectedMounts.some(isVerifiedDisk);
  const network = chooseNetwork(request.network, macAddress(directory.id));
  const ports = await choosePorts(request.ports);
  const forwards = forwardPorts(ports, network.guest);
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
  });
  const runtimeDisk =
    bootFiles.runtimeDiskPath && (await prepareRuntimeDisk(bootFiles.runtimeDiskPath, directory.path, state));
  const hostname = request.workload.hostname ?? defaultHostname(directory.id);
  signal.throwIfAborted();
  const disks = await prepareDisks({
    image: request.runtime?.bundle?.rootDirectory ?? request.image,
    isRootDirectory: request.runtime?.bundle !== undefined,
    format: request.format,
    verity: request.verity,
    outDir: directory.path,
    configDiskPath: directory.configDiskPath,
    launch: launchConfig(
      { ...request.workload, hostname },
      {
        format: request.format,
        network: network.guest,
        mounts: mounts.guest,
        runtimeConfig: request.runtime !== undefined,
      },
    ),
    container: {
      ...container,
      runtimeConfigBytes: runtimeConfigBytes(request.runtime, mounts.guest),
    },
    cacheDir: state.imageCacheDir,
    signal,
    ...reporting,
  });
  signal.throwIfAborted();
  const accelerator = await chooseAccelerator(request.accelerator, async () => {
    onProgress?.({ step: 'probe KVM' });
    return await judgeKvm({
      qemu,
      architecture: request.architecture,
      kernelPath: bootFiles.kernelPath,
      memoryPath: state.acceleratorMemoryPath,
      signal,
    });
  });
  const description = describeMachine({
    architecture: request.architecture,
    machine: request.machine,
    accelerator: accelerator.accelerator,
    cpus: request.cpus,
    memoryMiB: request.memoryMiB,
    logLevel: request.workload.logLevel,
    tscKHz: tscKHzFromCpuInfo(await readFile('/proc/cpuinfo', 'utf8')),
    kernelPath: bootFiles.kernelPath,
    initramfsPath: bootFiles.initramfsPath,
    rootDiskPath: disks.rootDiskPath,
    configDiskPath: directory.configDiskPath,
    runtimeDiskPath: runtimeDisk,
    channelSocketPath: directory.channelSocketPath,
    console: { logPath: directory.consoleLogPath },
    network: network.device && { ...network.device, forwards },
    volumeDisks: mounts.disks,
    shares: mounts.shares,
  });
  const { helpers, volumes } = mounts;
  const warnings = request.runtime?.warnings ?? [];
  return { description, qemu, accelerator, bootFiles, disks, helpers, ports, volumes, warnings };
}
