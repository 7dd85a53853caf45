import type { RunnableProcess, RunnableSpec } from '../../init/container/runnable-spec.ts';
import { runnableSpec } from '../../init/container/runnable-spec.ts';
import { parseLaunchConfig } from '../../protocol/launch-config.ts';
import { boundingCapabilities, capabilitySetsOf } from '../../protocol/oci/convert/capabilities.ts';
import { toRuntimeSpec } from '../../protocol/oci/convert/to-runtime-spec.ts';
import type { RuntimeSpec, SpecCapabilities, SpecLinux } from '../../protocol/oci/runtime-spec.ts';

/** What a user of a plain image's container may do. */
export const plainCapabilities = (uid: number): SpecCapabilities =>
  capabilitySetsOf(uid, boundingCapabilities(undefined));

/** A process of a plain image's container, for root. */
export const plainProcess = (changes: Partial<RunnableProcess> = {}): RunnableProcess => ({
  args: ['serve'],
  env: ['PATH=/bin', 'HOME=/root'],
  cwd: '/srv',
  user: { uid: 0, gid: 0, additionalGids: [10], umask: 0o022 },
  capabilities: plainCapabilities(0),
  rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 4096 }],
  noNewPrivileges: false,
  oomScoreAdj: 0,
  ...changes,
});

/** What a plain image comes to, the system call filter apart. */
export function imageSpec(changes: Partial<RuntimeSpec> = {}, uid = 1000): RunnableSpec {
  const spec = toRuntimeSpec({
    image: {
      config: {
        Entrypoint: ['serve'],
        Cmd: ['--port', '80'],
        Env: ['PATH=/usr/bin:/bin'],
        WorkingDir: '/srv',
      },
    },
    launch: parseLaunchConfig({ version: 1, root: { format: 'squashfs' } }),
    user: { uid, gid: 100, additionalGids: [50, 6], home: '/srv' },
    hostname: 'web',
    terminals: '/run/firstborn/pts/main',
    kernelModules: { source: '/addons/modules', release: '6.1.0' },
    seccomp: undefined,
    findDevices: () => [],
  });
  return runnableSpec({ ...spec, ...changes });
}

/** A configuration that says as little as can be said. */
export const bareSpec = (
  changes: Partial<RuntimeSpec> = {},
  process: Partial<RunnableProcess> = {},
): RunnableSpec =>
  runnableSpec({
    ociVersion: '1.2.0',
    root: { path: 'rootfs' },
    process: { args: ['/run'], cwd: '/', user: { uid: 0, gid: 0 }, ...process },
    linux: { namespaces: [{ type: 'mount' }] },
    ...changes,
  });

/** The same with this `linux` beside its mount namespace. */
export const bareLinux = (linux: SpecLinux, process: Partial<RunnableProcess> = {}): RunnableSpec =>
  bareSpec({ linux: { namespaces: [{ type: 'mount' }], ...linux } }, process);
