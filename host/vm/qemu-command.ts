import {
  channelArguments,
  consoleArguments,
  deviceModel,
  diskArguments,
  entropyArguments,
  networkArguments,
} from './qemu-devices.ts';
import { shareArguments, sharingArguments } from './qemu-shares.ts';
import type {
  Accelerator,
  Architecture,
  CommandLine,
  MachineDescription,
  MachineType,
} from './machine-description.ts';

export const qemuPrograms: Record<Architecture, string> = {
  x86_64: 'qemu-system-x86_64',
  aarch64: 'qemu-system-aarch64',
};

/** Boards with what a container's guest never uses switched off. */
const machineOptions: Record<MachineType, string> = {
  q35: 'q35,usb=off,vmport=off,smbus=off,sata=off',
  pc: 'pc,usb=off,vmport=off',
  // ACPI lets the kernel find the virtio-mmio devices by itself even when that driver is a module, and
  // gives it a way to power off. The serial port comes as a device, so that it can have a name.
  microvm: 'microvm,acpi=on,isa-serial=off',
  virt: 'virt,gic-version=max',
};

/**
 * seccomp for QEMU itself: it never starts programs, gains privileges or changes its scheduling. A guest
 * that breaks out of the device emulation finds these calls closed.
 */
const sandbox = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

/**
 * All that the host's CPU has, or all that QEMU can emulate, but for the promise of fast string instructions: it emulates
 * those byte by byte, so that the kernel's copies in larger pieces need a third less of the host's time up to /init.
 */
function cpuModel(architecture: Architecture, accelerator: Accelerator): string {
  if (accelerator === 'kvm') return 'host';
  return architecture === 'x86_64' ? 'max,-erms,-fsrm' : 'max';
}

/**
 * Says in QEMU's words (qemu-system(1), version 7.2) what the description asks for. Pure. `-no-reboot` makes
 * a panic with `panic=-1` end QEMU; the guest's power-off ends it too.
 */
export function qemuCommand(description: MachineDescription): CommandLine {
  const { architecture, machine, accelerator, shares = [] } = description;
  const device = deviceModel(machine);
  const sharing = sharingArguments(description);
  return {
    program: qemuPrograms[architecture],
    args: [
      ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
      ['-sandbox', sandbox],
      ['-machine', `${machineOptions[machine]},accel=${accelerator}${sharing.machineOption}`],
      ['-cpu', cpuModel(architecture, accelerator)],
      ['-smp', String(description.cpus)],
      ['-m', `${description.memoryMiB}M`, ...sharing.args],
      ['-kernel', description.kernelPath],
      ['-initrd', description.initramfsPath],
      ['-append', description.kernelArguments.join(' ')],
      consoleArguments(architecture, description.console),
      description.disks.flatMap((disk, index) => diskArguments(device, disk, index)),
      shares.flatMap((share, index) => shareArguments(device, share, index)),
      channelArguments(device, description.channelSocketPath),
      entropyArguments(device),
      description.network === undefined ? [] : networkArguments(device, description.network),
    ].flat(),
  };
}
