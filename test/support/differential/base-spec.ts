import type { CapabilityName } from '../../../protocol/oci/capability-names.ts';
import type {
  NamespaceType,
  RuntimeSpec,
  SpecCapabilities,
  SpecLinux,
  SpecMount,
  SpecNamespace,
  SpecProcess,
  SpecResources,
} from '../../../protocol/oci/runtime-spec.ts';

/** A configuration of which cases may change any part without asking whether it is there. */
export interface WholeSpec extends RuntimeSpec {
  process: SpecProcess & { args: string[]; env: string[]; capabilities: SpecCapabilities };
  root: NonNullable<RuntimeSpec['root']>;
  mounts: SpecMount[];
  linux: SpecLinux & {
    namespaces: SpecNamespace[];
    resources: SpecResources;
    maskedPaths: string[];
    readonlyPaths: string[];
  };
}

const defaultCapabilities: readonly CapabilityName[] = [
  'CAP_AUDIT_WRITE',
  'CAP_KILL',
  'CAP_NET_BIND_SERVICE',
];
const defaultNamespaces: readonly NamespaceType[] = ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'];
const maskedPaths = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/sys/firmware',
  '/proc/scsi',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** Every case asks these, so that one that changes one thing shows that it changes nothing else. */
const questions = [
  ...maskedPaths.map((path) => `masked=${path}`),
  'stat=/work/file',
  'list=/srv',
  'try=create:/work/new',
  'try=create:/dev/new',
  'try=create:/dev/shm/new',
  'try=open:w:/proc/sys/kernel/domainname',
  'try=open:rw:/dev/null',
  'try=open:r:/dev/tty',
  'try=mknod:c:1:3:/dev/probe-null',
  'try=mknod:c:1:1:/dev/probe-mem',
  'try=mknod:b:61:0:/dev/probe-loop',
  'try=mount:/work',
  'try=chown:/work/writable',
  'try=setuid:1234',
  'try=setgroups:1234',
  'try=chroot:/work',
  'try=hostname:probe',
  'try=unshare:mount',
  'try=unshare:uts',
  'try=nice:-5',
  'try=signal:1',
  'try=syscall:settimeofday',
  'try=syscall:reboot',
  'try=syscall:getpid',
];

const mounts: SpecMount[] = [
  { destination: '/proc', type: 'proc', source: 'proc' },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
  },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
  },
  {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'],
  },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
  {
    destination: '/sys/fs/cgroup',
    type: 'cgroup',
    source: 'cgroup',
    options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'],
  },
];

/** What `runc spec` writes on a machine with cgroup2, without a terminal and with a writable root. */
export function baseSpec(): WholeSpec {
  return structuredClone({
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: ['/bin/probe', ...questions],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'],
      cwd: '/',
      capabilities: capabilities(defaultCapabilities),
      rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: 'rootfs' },
    hostname: 'differential',
    mounts,
    linux: {
      resources: { devices: [{ allow: false, access: 'rwm' }] },
      namespaces: defaultNamespaces.map((type) => ({ type })),
      maskedPaths,
      readonlyPaths,
    },
  } satisfies WholeSpec);
}

/** The same capabilities in the three sets that a root process has. */
export function capabilities(names: readonly CapabilityName[]): SpecCapabilities {
  return { bounding: [...names], effective: [...names], permitted: [...names] };
}

/** A base configuration with something changed. */
export function changed(change: (spec: WholeSpec) => unknown): WholeSpec {
  const spec = baseSpec();
  change(spec);
  return spec;
}

/** Leaves out the namespaces, which the container then shares. */
export function dropNamespaces(spec: WholeSpec, ...types: NamespaceType[]): void {
  spec.linux.namespaces = spec.linux.namespaces.filter(({ type }) => !types.includes(type));
}
