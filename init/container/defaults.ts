import type { CapabilityName } from '../../addon/constants.ts';
import type { RuntimeConfig, RuntimeDevice, RuntimeMount, RuntimeNamespace } from './runtime-config.ts';

/** Docker's default set without CAP_MKNOD: no device rules stand between a node made here and the disks. */
export const defaultCapabilities: CapabilityName[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
];

/**
 * What a process may do as this user. As Docker: a user other than root starts without capabilities, but may gain
 * the bounding ones by setuid.
 */
export function capabilitiesOf(uid: number): RuntimeConfig['process']['capabilities'] {
  const own = uid === 0 ? defaultCapabilities : [];
  return { bounding: defaultCapabilities, effective: own, permitted: own, inheritable: [], ambient: [] };
}

export const defaultNamespaces: RuntimeNamespace[] = ['mount', 'pid', 'ipc', 'uts', 'cgroup'];

/**
 * runtime-spec, config-linux.md, "Default Filesystems", with the options that runc uses. /dev/pts is the instance of
 * devpts at `terminals`, which init opens terminals in.
 */
export const defaultMounts = (terminals: string): RuntimeMount[] => [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'nodev', 'noexec'] },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'noexec', 'mode=755', 'size=65536k'],
  },
  { destination: '/dev/pts', type: 'none', source: terminals, options: ['bind', 'nosuid', 'noexec'] },
  {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'nodev', 'noexec', 'mode=1777', 'size=65536k'],
  },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'nodev', 'noexec'] },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['ro', 'nosuid', 'nodev', 'noexec'] },
  {
    destination: '/sys/fs/cgroup',
    type: 'cgroup2',
    source: 'cgroup',
    options: ['ro', 'nosuid', 'nodev', 'noexec', 'relatime'],
  },
];

const device = (path: string, major: number, minor: number): RuntimeDevice => ({
  path,
  type: 'char',
  major,
  minor,
  fileMode: 0o666,
});

/** runtime-spec, config-linux.md, "Default Devices". */
export const defaultDevices: RuntimeDevice[] = [
  device('/dev/null', 1, 3),
  device('/dev/zero', 1, 5),
  device('/dev/full', 1, 7),
  device('/dev/random', 1, 8),
  device('/dev/urandom', 1, 9),
  device('/dev/tty', 5, 0),
];

/** Docker's lists: what would tell about, or change, the kernel that the container shares with init. */
export const defaultMaskedPaths = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];
export const defaultReadonlyPaths = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

/**
 * What a process expects that a service manager started: room for select(2), and more for who asks. Node
 * raises its own soft limit, and the kernel's hard limit for its first process is a mere 4096.
 */
export const defaultRlimits: RuntimeConfig['process']['rlimits'] = [
  { type: 'RLIMIT_NOFILE', soft: 1024, hard: 524_288 },
];
