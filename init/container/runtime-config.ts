import type { CapabilityName } from '../../addon/constants.ts';

/**
 * The part of an OCI runtime-spec configuration (config.md, config-linux.md) that the engine runs. Everything
 * that starts a container is turned into this first, by pure functions.
 */
export interface RuntimeConfig {
  process: RuntimeProcess;
  hostname: string;
  mounts: RuntimeMount[];
  linux: {
    namespaces: RuntimeNamespace[];
    devices: RuntimeDevice[];
    maskedPaths: string[];
    readonlyPaths: string[];
  };
}

export interface RuntimeProcess {
  args: string[];
  env: string[];
  cwd: string;
  user: { uid: number; gid: number; additionalGids: number[]; umask: number };
  capabilities: Record<'bounding' | 'effective' | 'permitted' | 'inheritable' | 'ambient', CapabilityName[]>;
  rlimits: { type: 'RLIMIT_NOFILE' | 'RLIMIT_CORE'; soft: number; hard: number }[];
  noNewPrivileges: boolean;
  oomScoreAdj: number;
}

export interface RuntimeMount {
  destination: string;
  type: string;
  source: string;
  options: string[];
}

export type RuntimeNamespace = 'mount' | 'pid' | 'ipc' | 'uts' | 'cgroup';

export interface RuntimeDevice {
  path: string;
  type: 'char' | 'block';
  major: number;
  minor: number;
  fileMode: number;
}
