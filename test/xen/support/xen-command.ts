import { benchPaths } from './bench-paths.ts';

/** A directory of this machine that the control domain sees at the same path. */
export interface SharedDirectory {
  path: string;
  readonly: boolean;
}

export interface XenMachineOptions {
  shares: readonly SharedDirectory[];
  /** Where the control domain writes its logs; below one of the shares. */
  logsDir: string;
  qmpSocketPath: string;
}

/** The port in the control domain on which the agent listens. */
export const agentPort = 7000;

/** Xen's own words. Without `spec-ctrl=no` and `eager-fpu=1` emulated guests break now and then. */
const xenArguments = [
  'console=com1',
  'com1=115200,8n1',
  'dom0_mem=768M,max:768M',
  'dom0_max_vcpus=1',
  'loglvl=warning',
  'guest_loglvl=all',
  'spec-ctrl=no,eager-fpu=1',
  'xpti=no',
];

function shareArguments({ path, readonly }: SharedDirectory, index: number): string[] {
  // Commas are QEMU's own between options.
  const quoted = path.replaceAll(',', ',,');
  const access = readonly ? ',readonly=on' : '';
  return [
    '-fsdev',
    `local,id=share${index},path=${quoted},security_model=none,multidevs=remap${access}`,
    '-device',
    `virtio-9p-pci,fsdev=share${index},mount_tag=share${index}`,
  ];
}

/**
 * Xen stumbles over emulated SMAP and RDTSCP. Without XSAVE there is less to switch between domains, and nothing that an
 * emulated CPU and Xen can be of two minds about.
 */
const cpu = 'max,-smap,-rdtscp,-xsave';
/**
 * One, in a thread of its own. QEMU remembers an interrupt that VMRUN has injected as an exception that is pending
 * (helper_vmrun in target/i386/tcg/sysemu/svm_helper.c, 7.2), and raises it again if anything but an interrupt makes the
 * processor leave its guest: a second processor that wants to be alone, or the clock that has processors take turns in one
 * thread. The guest dies of an interrupt where it had masked them.
 */
const cpus = ['-accel', 'tcg,thread=multi', '-smp', '1'];

/** QEMU's words for a machine with Xen and its control domain, whose serial port is on stdout. Pure. */
export function xenCommand({ shares, logsDir, qmpSocketPath }: XenMachineOptions): string[] {
  const dom0Arguments = [
    'console=hvc0',
    'quiet',
    'loglevel=4',
    'net.ifnames=0',
    ...shares.map(({ path }, index) => `share${index}=${path}`),
    `logs=${logsDir}`,
  ].join(' ');
  return [
    [...cpus, '-machine', 'q35', '-cpu', cpu, '-m', '3G'],
    ['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
    ['-serial', 'stdio', '-qmp', `unix:${qmpSocketPath},server=on,wait=off`],
    ['-kernel', benchPaths.xen, '-append', xenArguments.join(' ')],
    ['-initrd', `${benchPaths.vmlinux} ${dom0Arguments.replaceAll(',', ',,')},${benchPaths.initramfs}`],
    ['-netdev', `user,id=network,hostfwd=tcp:127.0.0.1:0-10.0.2.15:${agentPort}`],
    ['-device', 'virtio-net-pci,netdev=network,romfile='],
    ...shares.map(shareArguments),
  ].flat();
}
