/**
 * The shape of an OCI runtime-spec config.json (runtime-spec 1.2: config.md, config-linux.md), as far as Linux is
 * concerned. Names and meanings are the spec's own; `runtime-spec-schema.ts` reads untrusted text into it.
 */
import type { CapabilityName } from './capability-names.ts';

export interface RuntimeSpec {
  ociVersion: string;
  root?: { path: string; readonly?: boolean | undefined } | undefined;
  mounts?: SpecMount[] | undefined;
  process?: SpecProcess | undefined;
  hostname?: string | undefined;
  domainname?: string | undefined;
  hooks?: SpecHooks | undefined;
  annotations?: Record<string, string> | undefined;
  linux?: SpecLinux | undefined;
  /** Sections for other platforms: only whether they are there. */
  windows?: Presence | undefined;
  solaris?: Presence | undefined;
  freebsd?: Presence | undefined;
  zos?: Presence | undefined;
  vm?: Presence | undefined;
}

/** A section whose contents are of no use here. */
export type Presence = Record<string, never>;

export interface SpecMount {
  destination: string;
  type?: string | undefined;
  source?: string | undefined;
  options?: string[] | undefined;
  uidMappings?: SpecIdMapping[] | undefined;
  gidMappings?: SpecIdMapping[] | undefined;
}

export interface SpecUser {
  uid: number;
  gid: number;
  /** 0022 when absent. */
  umask?: number | undefined;
  additionalGids?: number[] | undefined;
}

export const capabilitySets = ['bounding', 'effective', 'permitted', 'inheritable', 'ambient'] as const;
export type CapabilitySet = (typeof capabilitySets)[number];
export type SpecCapabilities = Partial<Record<CapabilitySet, CapabilityName[] | undefined>>;

export const rlimitTypes = [
  'RLIMIT_AS',
  'RLIMIT_CORE',
  'RLIMIT_CPU',
  'RLIMIT_DATA',
  'RLIMIT_FSIZE',
  'RLIMIT_LOCKS',
  'RLIMIT_MEMLOCK',
  'RLIMIT_MSGQUEUE',
  'RLIMIT_NICE',
  'RLIMIT_NOFILE',
  'RLIMIT_NPROC',
  'RLIMIT_RSS',
  'RLIMIT_RTPRIO',
  'RLIMIT_RTTIME',
  'RLIMIT_SIGPENDING',
  'RLIMIT_STACK',
] as const;
export type RlimitType = (typeof rlimitTypes)[number];

/** 2^64 - 1 is RLIM_INFINITY, which JSON numbers can't say exactly: the schema reads everything from 2^63 on as `-1`. */
export interface SpecRlimit {
  type: RlimitType;
  soft: number;
  hard: number;
}

export interface SpecProcess {
  terminal?: boolean | undefined;
  consoleSize?: { height: number; width: number } | undefined;
  cwd: string;
  env?: string[] | undefined;
  args?: string[] | undefined;
  user: SpecUser;
  capabilities?: SpecCapabilities | undefined;
  /** Ours: names in `capabilities` that no kernel is known to have. They are not granted, which takes a warning. */
  unknownCapabilities?: string[] | undefined;
  rlimits?: SpecRlimit[] | undefined;
  noNewPrivileges?: boolean | undefined;
  oomScoreAdj?: number | undefined;
  ioPriority?: { class: IoPriorityClass; priority: number } | undefined;
  scheduler?: SpecScheduler | undefined;
  execCPUAffinity?: { initial?: string | undefined; final?: string | undefined } | undefined;
  apparmorProfile?: string | undefined;
  selinuxLabel?: string | undefined;
}

export type IoPriorityClass = 'IOPRIO_CLASS_RT' | 'IOPRIO_CLASS_BE' | 'IOPRIO_CLASS_IDLE';

export interface SpecScheduler {
  policy:
    | 'SCHED_OTHER'
    | 'SCHED_FIFO'
    | 'SCHED_RR'
    | 'SCHED_BATCH'
    | 'SCHED_ISO'
    | 'SCHED_IDLE'
    | 'SCHED_DEADLINE';
  nice?: number | undefined;
  priority?: number | undefined;
  flags?: string[] | undefined;
  runtime?: number | undefined;
  deadline?: number | undefined;
  period?: number | undefined;
}

export const hookStages = [
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
] as const;
export type HookStage = (typeof hookStages)[number];
export type SpecHooks = Partial<Record<HookStage, SpecHook[] | undefined>>;

export interface SpecHook {
  path: string;
  args?: string[] | undefined;
  env?: string[] | undefined;
  /** Seconds. */
  timeout?: number | undefined;
}

export interface SpecIdMapping {
  containerID: number;
  hostID: number;
  size: number;
}

export type NamespaceType = 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup' | 'time';

export interface SpecNamespace {
  type: NamespaceType;
  /** An existing namespace to join. */
  path?: string | undefined;
}

export interface SpecDevice {
  path: string;
  /** As mknod(1): `u` is `c`. */
  type: 'c' | 'b' | 'u' | 'p';
  /** Absent for a fifo. */
  major?: number | undefined;
  minor?: number | undefined;
  fileMode?: number | undefined;
  uid?: number | undefined;
  gid?: number | undefined;
}

export interface SpecLinux {
  devices?: SpecDevice[] | undefined;
  uidMappings?: SpecIdMapping[] | undefined;
  gidMappings?: SpecIdMapping[] | undefined;
  sysctl?: Record<string, string> | undefined;
  cgroupsPath?: string | undefined;
  resources?: SpecResources | undefined;
  rootfsPropagation?: string | undefined;
  seccomp?: SpecSeccomp | undefined;
  namespaces?: SpecNamespace[] | undefined;
  maskedPaths?: string[] | undefined;
  readonlyPaths?: string[] | undefined;
  mountLabel?: string | undefined;
  personality?: { domain: 'LINUX' | 'LINUX32'; flags?: string[] | undefined } | undefined;
  timeOffsets?: Partial<Record<'monotonic' | 'boottime', SpecTimeOffset | undefined>> | undefined;
  /** Only whether they are there. */
  intelRdt?: Presence | undefined;
  netDevices?: Presence | undefined;
  memoryPolicy?: Presence | undefined;
}

export interface SpecTimeOffset {
  secs?: number | undefined;
  nanosecs?: number | undefined;
}

export interface SpecDeviceRule {
  allow: boolean;
  /** `a` or absent: all. */
  type?: 'a' | 'c' | 'b' | undefined;
  /** Absent or -1: all. */
  major?: number | undefined;
  minor?: number | undefined;
  /** Some of `rwm`; absent: all of them. */
  access?: string | undefined;
}

/** -1 stands for "no limit" wherever the spec says so. */
export interface SpecResources {
  devices?: SpecDeviceRule[] | undefined;
  memory?:
    | {
        limit?: number | undefined;
        reservation?: number | undefined;
        swap?: number | undefined;
        kernel?: number | undefined;
        kernelTCP?: number | undefined;
        swappiness?: number | undefined;
        disableOOMKiller?: boolean | undefined;
        useHierarchy?: boolean | undefined;
        checkBeforeUpdate?: boolean | undefined;
      }
    | undefined;
  cpu?:
    | {
        shares?: number | undefined;
        quota?: number | undefined;
        burst?: number | undefined;
        period?: number | undefined;
        realtimeRuntime?: number | undefined;
        realtimePeriod?: number | undefined;
        cpus?: string | undefined;
        mems?: string | undefined;
        idle?: number | undefined;
      }
    | undefined;
  pids?: { limit: number } | undefined;
  blockIO?:
    | {
        weight?: number | undefined;
        leafWeight?: number | undefined;
        weightDevice?:
          | { major: number; minor: number; weight?: number | undefined; leafWeight?: number | undefined }[]
          | undefined;
        throttleReadBpsDevice?: SpecThrottle[] | undefined;
        throttleWriteBpsDevice?: SpecThrottle[] | undefined;
        throttleReadIOPSDevice?: SpecThrottle[] | undefined;
        throttleWriteIOPSDevice?: SpecThrottle[] | undefined;
      }
    | undefined;
  hugepageLimits?: { pageSize: string; limit: number }[] | undefined;
  network?:
    | { classID?: number | undefined; priorities?: { name: string; priority: number }[] | undefined }
    | undefined;
  rdma?: Record<string, { hcaHandles?: number | undefined; hcaObjects?: number | undefined }> | undefined;
  unified?: Record<string, string> | undefined;
}

export interface SpecThrottle {
  major: number;
  minor: number;
  rate: number;
}

export const seccompActions = [
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_TRAP',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_LOG',
  'SCMP_ACT_NOTIFY',
] as const;
export type SeccompAction = (typeof seccompActions)[number];

export const seccompArchitectures = [
  'SCMP_ARCH_X86',
  'SCMP_ARCH_X86_64',
  'SCMP_ARCH_X32',
  'SCMP_ARCH_ARM',
  'SCMP_ARCH_AARCH64',
] as const;
export type SeccompArchitecture = (typeof seccompArchitectures)[number];

export const seccompOperators = [
  'SCMP_CMP_NE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_EQ',
  'SCMP_CMP_GE',
  'SCMP_CMP_GT',
  'SCMP_CMP_MASKED_EQ',
] as const;
export type SeccompOperator = (typeof seccompOperators)[number];

export interface SpecSeccomp {
  defaultAction: SeccompAction;
  defaultErrnoRet?: number | undefined;
  /** The machine's own when absent. Others than ours may be named; they have no effect. */
  architectures?: string[] | undefined;
  /** `SECCOMP_FILTER_FLAG_TSYNC`, `_LOG`, `_SPEC_ALLOW`, `_WAIT_KILLABLE_RECV`. */
  flags?: string[] | undefined;
  listenerPath?: string | undefined;
  listenerMetadata?: string | undefined;
  syscalls?: SpecSyscall[] | undefined;
}

export interface SpecSyscall {
  names: string[];
  action: SeccompAction;
  errnoRet?: number | undefined;
  args?: SpecSyscallArgument[] | undefined;
}

/** Values are unsigned 64-bit numbers; bigint where a JSON number would not be exact. */
export interface SpecSyscallArgument {
  index: number;
  value: number | bigint;
  valueTwo?: number | bigint | undefined;
  op: SeccompOperator;
}
