import { readFile } from 'node:fs/promises';
import type { Artefacts } from '../artefacts.ts';
import {
  defaultHostname,
  launchConfig,
  type RootFormat,
  type WorkloadOptions,
} from '../launch/launch-config.ts';
import { describeMachine } from '../launch/machine-layout.ts';
import { chooseNetwork, type NetworkWish } from '../launch/network-choice.ts';
import { macAddress } from '../launch/user-network.ts';
import type { MachineDirectory } from '../machine/machine-directory.ts';
import type { StateDirectory } from '../state-directory.ts';
import {
  type AcceleratorChoice,
  type AcceleratorWish,
  chooseAccelerator,
  judgeKvm,
} from '../vm/accelerator.ts';
import type { Architecture, MachineDescription, MachineType } from '../vm/machine-description.ts';
import { findQemu, type QemuProgram } from '../vm/qemu-program.ts';
import { tscKHzFromCpuInfo } from '../vm/tsc-rate.ts';
import { type BootFiles, prepareBootFiles } from './boot-files.ts';
import { type PreparedDisks, prepareDisks } from './disks.ts';

/** Everything that was asked of one machine, checked. */
export interface MachineRequest {
  image: string;
  workload: WorkloadOptions;
  architecture: Architecture;
  machine: MachineType;
  accelerator: AcceleratorWish;
  cpus: number;
  memoryMiB: number;
  kernelPath: string | undefined;
  modulesDir: string | undefined;
  format: RootFormat;
  network: NetworkWish;
  console: MachineDescription['console'];
}

/** Where preparation finds things and leaves them. */
export interface PreparationPlaces {
  directory: MachineDirectory;
  state: StateDirectory;
  artefacts: Artefacts;
}

/** A machine that only needs to be started. */
export interface PreparedMachine {
  description: MachineDescription;
  qemu: QemuProgram;
  accelerator: AcceleratorChoice;
  bootFiles: BootFiles;
  disks: PreparedDisks;
}

/**
 * Makes everything that a machine needs before its start: programs found, kernel and initramfs, disks, the
 * accelerator. What it writes is below `directory` and the caches; the caller removes `directory` when this
 * throws. Throws FirstbornErrors, and the signal's reason when aborted.
 */
export async function prepareMachine(
  request: MachineRequest,
  places: PreparationPlaces,
  signal: AbortSignal,
): Promise<PreparedMachine> {
  const { directory, state } = places;
  const qemu = await findQemu(request.architecture);
  const bootFiles = await prepareBootFiles({
    kernelPath: request.kernelPath,
    modulesDir: request.modulesDir,
    artefacts: places.artefacts,
    cacheDir: state.initramfsCacheDir,
  });
  const network = chooseNetwork(request.network, macAddress(directory.id));
  const hostname = request.workload.hostname ?? defaultHostname(directory.id);
  signal.throwIfAborted();
  const disks = await prepareDisks({
    image: request.image,
    format: request.format,
    outDir: directory.path,
    configDiskPath: directory.configDiskPath,
    launch: launchConfig({ ...request.workload, hostname }, { format: request.format }, network.guest),
    cacheDir: state.imageCacheDir,
    signal,
  });
  signal.throwIfAborted();
  const accelerator = await chooseAccelerator(request.accelerator, () =>
    judgeKvm({
      qemu,
      architecture: request.architecture,
      kernelPath: bootFiles.kernelPath,
      memoryPath: state.acceleratorMemoryPath,
      signal,
    }),
  );
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
    channelSocketPath: directory.channelSocketPath,
    console: request.console,
    network: network.device,
  });
  return { description, qemu, accelerator, bootFiles, disks };
}
