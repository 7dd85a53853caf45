import type { RuntimeSpec } from '../../../../protocol/oci/runtime-spec.ts';

/** What `runc spec` writes, as far as it says something. */
export function runcSpec(): RuntimeSpec {
  const granted = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'] as const;
  return {
    ociVersion: '1.0.2-dev',
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ['sh'],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'],
      cwd: '/',
      capabilities: {
        bounding: [...granted],
        effective: [...granted],
        permitted: [...granted],
        ambient: [...granted],
      },
      rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: 'rootfs', readonly: true },
    hostname: 'runc',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      {
        destination: '/dev',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
      },
      {
        destination: '/sys/fs/cgroup',
        type: 'cgroup',
        source: 'cgroup',
        options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'],
      },
    ],
    linux: {
      resources: { devices: [{ allow: false, access: 'rwm' }] },
      namespaces: [{ type: 'pid' }, { type: 'network' }, { type: 'ipc' }, { type: 'uts' }, { type: 'mount' }],
      maskedPaths: ['/proc/acpi', '/proc/kcore', '/sys/firmware'],
      readonlyPaths: ['/proc/bus', '/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}

const dockerCapabilities = ['CAP_CHOWN', 'CAP_FOWNER', 'CAP_KILL', 'CAP_MKNOD', 'CAP_SETGID', 'CAP_SETUID'];

/** As Docker's daemon writes it for runc on a machine without AppArmor: zeros and `null` for what is not set. */
export function dockerText(): string {
  return JSON.stringify({
    ociVersion: '1.2.0',
    process: {
      consoleSize: { height: 0, width: 0 },
      user: { uid: 0, gid: 0, additionalGids: [0, 10] },
      args: ['docker-entrypoint.sh', 'postgres'],
      env: ['PATH=/usr/bin', 'HOSTNAME=5a3c', 'EMPTY='],
      cwd: '/',
      capabilities: {
        bounding: dockerCapabilities,
        effective: dockerCapabilities,
        permitted: dockerCapabilities,
        inheritable: null,
      },
      oomScoreAdj: 0,
      apparmorProfile: '',
    },
    root: { path: '/var/lib/docker/overlay2/5a3c/merged' },
    hostname: '5a3c8d0e2f41',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
      {
        destination: '/etc/hosts',
        type: 'bind',
        source: '/var/lib/docker/containers/5a3c/hosts',
        options: ['rbind', 'rprivate'],
      },
    ],
    hooks: { prestart: [{ path: '/proc/1/exe', args: ['libnetwork-setkey', '5a3c', 'b0d1'] }] },
    linux: {
      sysctl: { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647' },
      resources: {
        devices: [
          { allow: false, access: 'rwm' },
          { allow: true, type: 'c', major: 1, minor: 5, access: 'rwm' },
          { allow: true, type: 'c', major: 136, minor: -1, access: 'rwm' },
        ],
        memory: { disableOOMKiller: false },
        cpu: { shares: 0, quota: 0, period: 0 },
        pids: { limit: -1 },
        blockIO: { weight: 0 },
      },
      cgroupsPath: '/docker/5a3c',
      namespaces: [
        { type: 'mount' },
        { type: 'network', path: '' },
        { type: 'uts' },
        { type: 'pid' },
        { type: 'ipc' },
      ],
      devices: [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 8630, uid: 0, gid: 0 }],
      seccomp: {
        defaultAction: 'SCMP_ACT_ERRNO',
        defaultErrnoRet: 1,
        architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
        syscalls: [
          { names: ['accept', 'bind'], action: 'SCMP_ACT_ALLOW', args: [], includes: {}, comment: '' },
          {
            names: ['personality'],
            action: 'SCMP_ACT_ALLOW',
            args: [{ index: 0, value: 4294967295, valueTwo: 0, op: 'SCMP_CMP_EQ' }],
          },
          { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
        ],
      },
      maskedPaths: ['/proc/asound'],
      readonlyPaths: ['/proc/bus'],
    },
  });
}

/** Every property of a type, however deep, with none left out. */
type Whole<Value> = Value extends readonly (infer Item)[]
  ? Whole<Item>[]
  : Value extends Record<string, never>
    ? Value
    : Value extends object
      ? { [Key in keyof Value]-?: Whole<Exclude<Value[Key], undefined>> }
      : Value;

const throttle = [{ major: 8, minor: 0, rate: 1_048_576 }];
const hook = { path: '/bin/hook', args: ['hook', '-v'], env: ['A=1'], timeout: 5 };
const mappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
const capabilityList = ['CAP_CHOWN' as const];

/** A configuration that says everything that can be said. The compiler sees to that. */
export function wholeSpec(): Whole<RuntimeSpec> {
  return {
    ociVersion: '1.2.0',
    root: { path: 'rootfs', readonly: true },
    mounts: [
      {
        destination: '/data',
        type: 'bind',
        source: 'data',
        options: ['rbind', 'ro'],
        uidMappings: mappings,
        gidMappings: mappings,
      },
    ],
    process: {
      terminal: true,
      consoleSize: { height: 25, width: 80 },
      cwd: '/srv',
      env: ['PATH=/bin', 'EMPTY='],
      args: ['/bin/sh', '-c', 'exit 3'],
      user: { uid: 1000, gid: 1000, umask: 0o22, additionalGids: [5, 6] },
      capabilities: {
        bounding: capabilityList,
        effective: capabilityList,
        permitted: capabilityList,
        inheritable: capabilityList,
        ambient: capabilityList,
      },
      unknownCapabilities: [],
      rlimits: [
        { type: 'RLIMIT_NOFILE', soft: 1024, hard: 4096 },
        { type: 'RLIMIT_CORE', soft: 0, hard: -1 },
      ],
      noNewPrivileges: true,
      oomScoreAdj: -500,
      ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 4 },
      scheduler: {
        policy: 'SCHED_DEADLINE',
        nice: 0,
        priority: 0,
        flags: ['SCHED_FLAG_RESET_ON_FORK'],
        runtime: 1_000_000,
        deadline: 2_000_000,
        period: 4_000_000,
      },
      execCPUAffinity: { initial: '0-1', final: '0, 3' },
      apparmorProfile: 'unconfined',
      selinuxLabel: 'system_u:system_r:container_t:s0',
    },
    hostname: 'web-1.example.org',
    domainname: 'example.org',
    hooks: {
      prestart: [hook],
      createRuntime: [hook],
      createContainer: [hook],
      startContainer: [hook],
      poststart: [hook],
      poststop: [hook],
    },
    annotations: { 'org.example.key': 'value', empty: '' },
    linux: {
      devices: [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o666, uid: 0, gid: 0 }],
      uidMappings: mappings,
      gidMappings: mappings,
      sysctl: { 'net.ipv4.ip_forward': '1', 'net/ipv4/conf/eth0.100/rp_filter': '1' },
      cgroupsPath: '/pods/web',
      resources: {
        devices: [{ allow: true, type: 'c', major: 1, minor: -1, access: 'rw' }],
        memory: {
          limit: 2 ** 30,
          reservation: 2 ** 29,
          swap: 2 ** 31,
          kernel: -1,
          kernelTCP: -1,
          swappiness: 60,
          disableOOMKiller: false,
          useHierarchy: true,
          checkBeforeUpdate: false,
        },
        cpu: {
          shares: 512,
          quota: 50_000,
          burst: 10_000,
          period: 100_000,
          realtimeRuntime: 950_000,
          realtimePeriod: 1_000_000,
          cpus: '0-3,7',
          mems: '0',
          idle: 1,
        },
        pids: { limit: 100 },
        blockIO: {
          weight: 500,
          leafWeight: 300,
          weightDevice: [{ major: 8, minor: 0, weight: 10, leafWeight: 1000 }],
          throttleReadBpsDevice: throttle,
          throttleWriteBpsDevice: throttle,
          throttleReadIOPSDevice: throttle,
          throttleWriteIOPSDevice: throttle,
        },
        hugepageLimits: [{ pageSize: '2MB', limit: 209_715_200 }],
        network: { classID: 1_048_577, priorities: [{ name: 'eth0', priority: 500 }] },
        rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 10_000 } },
        unified: { 'memory.high': '1048576', 'io.max': '8:0 rbps=2097152' },
      },
      rootfsPropagation: 'rslave',
      seccomp: {
        defaultAction: 'SCMP_ACT_ERRNO',
        defaultErrnoRet: 38,
        architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_RISCV64'],
        flags: ['SECCOMP_FILTER_FLAG_LOG'],
        listenerPath: '/run/agent.sock',
        listenerMetadata: 'for the agent',
        syscalls: [
          {
            names: ['read', 'write'],
            action: 'SCMP_ACT_TRACE',
            errnoRet: 0xffff,
            args: [{ index: 1, value: 2n ** 64n - 1n, valueTwo: 7, op: 'SCMP_CMP_MASKED_EQ' }],
          },
        ],
      },
      namespaces: [{ type: 'network', path: '/proc/7/ns/net' }],
      maskedPaths: ['/proc/kcore'],
      readonlyPaths: ['/proc/sys'],
      mountLabel: 'system_u:object_r:container_file_t:s0',
      personality: { domain: 'LINUX32', flags: ['NONE'] },
      timeOffsets: { monotonic: { secs: -5, nanosecs: 1 }, boottime: { secs: 3600, nanosecs: 999_999_999 } },
      intelRdt: {},
      netDevices: {},
      memoryPolicy: {},
    },
    windows: {},
    solaris: {},
    freebsd: {},
    zos: {},
    vm: {},
  };
}

/** What `runc spec` says, with other values at the given paths (`process.args[0]`); `undefined` takes one away. */
export function changed(values: Readonly<Record<string, unknown>>, base: object = runcSpec()): unknown {
  const spec = structuredClone(base) as Record<string, unknown>;
  for (const [path, value] of Object.entries(values)) {
    const keys = path.split(/[.[\]]+/).filter((key) => key !== '');
    const last = keys.pop() ?? '';
    let place = spec;
    for (const key of keys) place = (place[key] ??= {}) as Record<string, unknown>;
    if (value === undefined) delete place[last];
    else place[last] = value;
  }
  return spec;
}
