import { constants } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';
import { type LaunchConfigInput, parseLaunchConfig } from '../../protocol/launch-config.ts';
import type { Artefacts } from '../artefacts.ts';
import { launchConfig, type WorkloadOptions } from '../launch/launch-config.ts';
import { planBridgeNetwork } from '../launch/bridge-network.ts';
import { machineManifest } from '../launch/machine-manifest.ts';
import type { MachineSettings } from '../launch/machine-settings.ts';
import { planUserNetwork, type UserNetworkPlan } from '../launch/user-network.ts';
import { refuseForXen } from '../launch/xen-refusals.ts';
import type { StateDirectory } from '../state-directory.ts';
import type { Architecture } from '../vm/machine-description.ts';
import { xlConfigName } from '../vm/xl-config.ts';
import { type BootFiles, prepareBootFiles } from './boot-files.ts';
import { builtXlConfig } from './built-xl-config.ts';
import { type ContainerFiles, loadContainerFiles, runtimeConfigBytes } from './container-files.ts';
import { prepareDisks } from './disks.ts';
import type { OnProgress } from './progress.ts';
import type { RuntimeSource } from './runtime-source.ts';
import { checkVerityKernel, verityModules } from './verity-kernel.ts';

export interface BuildRequest {
  /** An image, or the bundle that `runtime` is of. */
  image: string;
  outDir: string;
  workload: WorkloadOptions;
  architecture: Architecture;
  settings: MachineSettings;
  /** The container's own configuration in place of one made of the image's; with a bundle its root is the image. */
  runtime: RuntimeSource | undefined;
}

/** Beside what is to be made: how to end it early, and who wants to know how far it is. */
interface WorkOptions {
  signal: AbortSignal;
  onProgress?: OnProgress;
}

export interface BuiltFile {
  path: string;
  sizeBytes: number;
}

const configDiskName = 'config.squashfs';
const initramfsName = 'initramfs.cpio';
const kernelName = 'vmlinuz';
const runtimeDiskName = 'runtime.erofs';
const manifestName = 'machine.json';

/** What the guest is to configure, and what QEMU is to simulate if it is QEMU. */
interface BuiltNetwork {
  guest: LaunchConfigInput['network'];
  stacks?: UserNetworkPlan['stacks'];
}

interface WorkDirectory {
  path: string;
  /** The topmost directory that had to be made for it. */
  firstMade: string | undefined;
}

/** The plan of the network without a card's address: that is the launcher's to choose. */
function planNetwork({ network }: BuildRequest['settings']): BuiltNetwork | undefined {
  if (network.mode === 'none') return undefined;
  return network.mode === 'bridge'
    ? { guest: planBridgeNetwork(network, undefined) }
    : planUserNetwork({ addresses: network.addresses, dns: network.dns, mac: undefined });
}

async function makeWorkDirectory(outDir: string): Promise<WorkDirectory> {
  try {
    const firstMade = await mkdir(outDir, { recursive: true });
    return { path: await mkdtemp(join(outDir, '.firstborn-')), firstMade };
  } catch (cause) {
    throw new FirstbornError('host', `Cannot write to the directory "${outDir}"`, { cause });
  }
}

/** After a failure the directories that were made go too, unless somebody else uses them by now. */
async function removeMadeDirectories(outDir: string, firstMade: string | undefined): Promise<void> {
  if (firstMade === undefined) return;
  const end = dirname(resolve(firstMade));
  try {
    for (let path = resolve(outDir); path !== end; path = dirname(path)) await rmdir(path);
  } catch {
    // Not empty: it stays.
  }
}

/** Copies without sharing: the result is the user's, and the caches must not change with it. */
async function copyFiles(copies: readonly { from: string; to: string }[]): Promise<void> {
  for (const { from, to } of copies) await copyFile(from, to, constants.COPYFILE_FICLONE);
}

/**
 * Leaves in `outDir` what a launcher needs to boot the image: its disks, initramfs, kernel and `machine.json`
 * (see machine-manifest.ts). Files of the same names are replaced, other files stay; on failure or abort
 * nothing is left. Same inputs, same bytes. Throws FirstbornErrors, and the signal's reason when aborted.
 */
export async function buildImage(
  request: BuildRequest,
  places: { state: StateDirectory; artefacts: Artefacts },
  options: WorkOptions,
): Promise<BuiltFile[]> {
  const { settings, workload, runtime } = request;
  const { architecture } = request;
  if (settings.xen !== undefined) refuseForXen({ ...settings, architecture, accelerator: 'auto', ports: [] });
  const network = planNetwork(settings);
  const launch = launchConfig(workload, {
    format: settings.format,
    network: network?.guest,
    mounts: [],
    runtimeConfig: runtime !== undefined,
  });
  parseLaunchConfig(launch);
  const container = await loadContainerFiles(request);
  const bootFiles = await prepareBootFiles({
    kernelPath: settings.kernelPath,
    modulesDir: settings.modulesDir,
    extraModules: settings.verity ? verityModules : [],
    runtimePlace: settings.runtimePlace,
    artefacts: places.artefacts,
    cacheDir: places.state.initramfsCacheDir,
    ...options,
  });
  if (settings.verity) checkVerityKernel(bootFiles);
  const work = await makeWorkDirectory(request.outDir);
  try {
    const names = await fillWorkDirectory(
      { request, launch, container, bootFiles, network, work: work.path },
      places,
      options,
    );
    const files: BuiltFile[] = [];
    for (const name of names) files.push(await moveInto(request.outDir, work.path, name));
    await rm(work.path, { recursive: true, force: true });
    return files;
  } catch (error) {
    await rm(work.path, { recursive: true, force: true });
    await removeMadeDirectories(request.outDir, work.firstMade);
    throw error;
  }
}

interface WorkPlan {
  request: BuildRequest;
  launch: LaunchConfigInput;
  container: ContainerFiles;
  bootFiles: BootFiles;
  network: BuiltNetwork | undefined;
  work: string;
}

/** Writes every file under its final name. Returns the names, the manifest's last: where it is, all are. */
async function fillWorkDirectory(
  { request, launch, container, bootFiles, network, work }: WorkPlan,
  { state }: { state: StateDirectory },
  options: WorkOptions,
): Promise<string[]> {
  const { settings, workload } = request;
  const disks = await prepareDisks({
    image: request.runtime?.bundle?.rootDirectory ?? request.image,
    isRootDirectory: request.runtime?.bundle !== undefined,
    format: settings.format,
    verity: settings.verity,
    outDir: join(work, 'cached'),
    configDiskPath: join(work, configDiskName),
    launch,
    container: { ...container, runtimeConfigBytes: runtimeConfigBytes(request.runtime, []) },
    cacheDir: state.imageCacheDir,
    ...options,
  });
  const rootDiskName = basename(disks.rootDiskPath);
  await copyFiles([
    { from: disks.rootDiskPath, to: join(work, rootDiskName) },
    { from: bootFiles.initramfsPath, to: join(work, initramfsName) },
    { from: bootFiles.kernelPath, to: join(work, kernelName) },
    ...(bootFiles.runtimeDiskPath === undefined
      ? []
      : [{ from: bootFiles.runtimeDiskPath, to: join(work, runtimeDiskName) }]),
  ]);
  const runtimeDisk = bootFiles.runtimeDiskPath === undefined ? {} : { runtimeDisk: runtimeDiskName };
  const manifest = machineManifest({
    architecture: request.architecture,
    ...settings,
    logLevel: workload.logLevel,
    kernelRelease: bootFiles.kernelRelease,
    manifestDigest: disks.manifestDigest,
    verity: disks.verity,
    names: {
      kernel: kernelName,
      initramfs: initramfsName,
      rootDisk: rootDiskName,
      configDisk: configDiskName,
      ...runtimeDisk,
    },
    network: network?.stacks,
  });
  await writeFile(join(work, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  const config = builtXlConfig(request, { rootDiskName, configDiskName, initramfsName, kernelName });
  if (config !== undefined) await writeFile(join(work, xlConfigName), config);
  options.signal.throwIfAborted();
  return [
    rootDiskName,
    configDiskName,
    ...Object.values(runtimeDisk),
    initramfsName,
    kernelName,
    ...(config === undefined ? [] : [xlConfigName]),
    manifestName,
  ];
}

async function moveInto(outDir: string, work: string, name: string): Promise<BuiltFile> {
  const path = join(outDir, name);
  await rename(join(work, name), path);
  return { path, sizeBytes: (await stat(path)).size };
}
