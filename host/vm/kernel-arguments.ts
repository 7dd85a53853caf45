import type { Accelerator, Architecture, MachineType } from './machine-description.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
export const logLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

export interface KernelArgumentOptions {
  architecture: Architecture;
  machine: MachineType;
  accelerator: Accelerator;
  cpus: number;
  logLevel: LogLevel;
  /** Rate of the host's time stamp counter, for a board on which the guest can't measure it. */
  tscKHz: number | undefined;
}

/**
 * The kernel command line (Documentation/admin-guide/kernel-parameters.txt), argument by argument. Pure.
 * `mitigations=off` is not among them: counted in instructions it changes nothing up to /init under emulation.
 */
export function kernelArguments(options: KernelArgumentOptions): string[] {
  const { architecture, logLevel } = options;
  const isX86 = architecture === 'x86_64';
  return [
    `console=${isX86 ? 'ttyS0' : 'ttyAMA0'}`,
    // Reboot at once on a panic; QEMU runs with -no-reboot and ends instead.
    'panic=-1',
    // A triple fault is the one reset that every x86 board here understands.
    ...(isX86 ? ['reboot=t'] : []),
    ...commonArguments(logLevel),
    ...(isX86 ? emulatedClockArguments(options) : []),
  ];
}

/** The same for a guest of Xen, whose kernel asks the hypervisor for the rest. Pure. */
export function domainKernelArguments({ logLevel }: Pick<KernelArgumentOptions, 'logLevel'>): string[] {
  // With this a panic ends the domain at once, and the toolstack calls it a crash.
  return ['console=hvc0', 'panic=-1', ...commonArguments(logLevel)];
}

function commonArguments(logLevel: LogLevel): string[] {
  return [
    // Node would wait a second for entropy that a fresh guest gathers only slowly.
    'random.trust_cpu=on',
    // A tmpfs for the initramfs is limited to half of the memory; the runtime needs more in a small machine.
    'rootfstype=ramfs',
    // Every line on an emulated serial port costs time; errors and panics are printed all the same.
    ...(logLevel === 'trace' || logLevel === 'debug' ? ['loglevel=7'] : ['quiet']),
    // Who builds a kernel tests its ciphers; Debian's would do so again at every boot, for half of its instructions.
    'cryptomgr.notests',
    // Of 2 MiB each, as else, the pieces of memory for CPUs come with 4 MiB for their accounting.
    'percpu_alloc=page',
  ];
}

/** On KVM the kernel asks the hypervisor for what it has to measure under emulation. */
function emulatedClockArguments({ machine, accelerator, cpus, tscKHz }: KernelArgumentOptions): string[] {
  if (accelerator !== 'tcg') return [];
  if (machine === 'microvm') {
    // Only the CPU's own timer ticks on this board, and the kernel can calibrate that one by the time stamp counter
    // alone: for whose rate there is nothing to ask, so that a kernel which isn't told waits for ever.
    return tscKHz === undefined ? [] : [`tsc_early_khz=${tscKHz}`];
  }
  // The board's own timer does for one CPU, and that of the CPU takes 0.1 s to calibrate. QEMU's timers are wired right;
  // the kernel would wait for ten ticks to find that out.
  return cpus === 1 ? ['nolapic_timer', 'no_timer_check'] : [];
}
