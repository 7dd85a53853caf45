import type { Accelerator, Architecture, MachineType } from './machine-description.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
export const logLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

export interface KernelArgumentOptions {
  architecture: Architecture;
  machine: MachineType;
  accelerator: Accelerator;
  logLevel: LogLevel;
  /** Rate of the host's time stamp counter, for a board on which the guest can't measure it. */
  tscKHz: number | undefined;
}

/**
 * The kernel command line (Documentation/admin-guide/kernel-parameters.txt), argument by argument. Pure.
 * `mitigations=off` is not among them: counted in instructions it changes nothing up to /init under emulation.
 */
export function kernelArguments(options: KernelArgumentOptions): string[] {
  const { architecture, machine, accelerator, logLevel, tscKHz } = options;
  const isX86 = architecture === 'x86_64';
  return [
    `console=${isX86 ? 'ttyS0' : 'ttyAMA0'}`,
    // Reboot at once on a panic; QEMU runs with -no-reboot and ends instead.
    'panic=-1',
    // A triple fault is the one reset that every x86 board here understands.
    ...(isX86 ? ['reboot=t'] : []),
    // Node would wait a second for entropy that a fresh guest gathers only slowly.
    'random.trust_cpu=on',
    // A tmpfs for the initramfs is limited to half of the memory; the runtime needs more in a small machine.
    'rootfstype=ramfs',
    // Every line on an emulated serial port costs time; errors and panics are printed all the same.
    ...(logLevel === 'trace' || logLevel === 'debug' ? ['loglevel=7'] : ['quiet']),
    // microvm has neither HPET nor PM timer; under emulation the calibration against the PIT can hang.
    ...(machine === 'microvm' && accelerator === 'tcg' && tscKHz !== undefined
      ? [`tsc_early_khz=${tscKHz}`]
      : []),
  ];
}
