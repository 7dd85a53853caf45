import { readFile } from 'node:fs/promises';
import { describeMachine } from '../launch/machine-layout.ts';
import { chooseNetwork } from '../launch/network-choice.ts';
import { choosePorts, forwardPorts } from '../launch/ports.ts';
import { macAddress } from '../launch/user-network.ts';
import { chooseAccelerator, judgeKvm } from '../vm/accelerator.ts';
import { findQemu } from '../vm/qemu-program.ts';
import { tscKHzFromCpuInfo } from '../vm/tsc-rate.ts';
import type { Platform } from './platform.ts';
import type { MachineRequest, PreparationPlaces } from './prepared-machine.ts';

/** Finds QEMU and lays out its network. Throws FirstbornErrors. */
export async function qemuPlatform(
  request: MachineRequest,
  { directory, state }: PreparationPlaces,
): Promise<Platform> {
  const { architecture } = request;
  const qemu = await findQemu(architecture);
  const network = chooseNetwork(request.network, macAddress(directory.id));
  const ports = await choosePorts(request.ports);
  const forwards = forwardPorts(ports, network.guest);
  return {
    title: `QEMU ${qemu.version}`,
    network: network.guest,
    ports,
    describe: async ({ bootFiles, disks, runtimeDiskPath, mounts }, { signal, onProgress }) => {
      const accelerator = await chooseAccelerator(request.accelerator, async () => {
        onProgress?.({ step: 'probe KVM' });
        return await judgeKvm({
          qemu,
          architecture,
          kernelPath: bootFiles.kernelPath,
          memoryPath: state.acceleratorMemoryPath,
          signal,
        });
      });
      const description = describeMachine({
        architecture,
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
        runtimeDiskPath,
        channelSocketPath: directory.channelSocketPath,
        console: { logPath: directory.consoleLogPath },
        network: network.device && { ...network.device, forwards },
        volumeDisks: mounts.disks,
        shares: mounts.shares,
      });
      return { description, accelerator, qemuPath: qemu.path };
    },
  };
}
