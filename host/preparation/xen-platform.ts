import { planBridgeNetwork, xenMacAddress } from '../launch/bridge-network.ts';
import { describeDomain, domainName, volumeDevice } from '../launch/domain-layout.ts';
import type { XenSettings } from '../launch/machine-settings.ts';
import { refuseForXen } from '../launch/xen-refusals.ts';
import { xlConfig } from '../vm/xl-config.ts';
import { findXenPrograms } from '../vm/xen-programs.ts';
import type { Platform } from './platform.ts';
import type { MachineRequest, PreparationPlaces } from './prepared-machine.ts';

/** Finds Xen's tools and lays out the guest's network. Throws FirstbornErrors. */
export async function xenPlatform(
  request: MachineRequest,
  xen: XenSettings,
  { directory, artefacts }: PreparationPlaces,
): Promise<Platform> {
  refuseForXen(request);
  const programs = await findXenPrograms(artefacts);
  const mac = xenMacAddress(directory.id);
  const { network } = request;
  return {
    title: 'Xen',
    network: network.mode === 'bridge' ? planBridgeNetwork(network, mac) : undefined,
    ports: [],
    nameDisk: (_mountIndex, diskIndex) => volumeDevice(diskIndex),
    describe: async ({ bootFiles, disks, mounts }) => {
      const description = describeDomain({
        architecture: request.architecture,
        xen,
        name: domainName(directory.id),
        cpus: request.cpus,
        memoryMiB: request.memoryMiB,
        logLevel: request.workload.logLevel,
        kernelPath: bootFiles.kernelPath,
        initramfsPath: bootFiles.initramfsPath,
        rootDiskPath: disks.rootDiskPath,
        configDiskPath: directory.configDiskPath,
        volumeDisks: mounts.disks.map(({ path, serial, readonly }) => ({ path, device: serial, readonly })),
        network: network.mode === 'bridge' ? { kind: 'bridge', bridge: network.bridge, mac } : undefined,
        configPath: directory.xlConfigPath,
      });
      // What it can't hold is told now and not when the machine starts.
      xlConfig(description);
      return { description, accelerator: { accelerator: 'xen', reason: 'asked for' }, xen: programs };
    },
  };
}
