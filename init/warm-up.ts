import type { Plan } from '../addon/plan.ts';
import { capabilities } from '../addon/constants.ts';
import { encodeControl, FrameDecoder } from '../protocol/frame.ts';
import { ImageConfig } from '../protocol/image-config.ts';
import { parseLaunchConfig } from '../protocol/launch-config.ts';
import { chooseSeccomp } from '../protocol/oci/convert/seccomp-choice.ts';
import { toRuntimeSpec } from '../protocol/oci/convert/to-runtime-spec.ts';
import { resolveUser } from '../protocol/oci/convert/user.ts';
import { defaultSeccomp } from '../protocol/oci/seccomp/default-profile.ts';
import { parseJsonWith } from '../protocol/parse.ts';
import { cgroupPlan } from './container/cgroup.ts';
import { containerPlan } from './container/container-plan.ts';
import { containerDeviceRules } from './container/devices/default-rules.ts';
import { deviceProgram } from './container/devices/device-program.ts';
import { prepareMounts } from './container/mount-sources.ts';
import { planNamespaces } from './container/namespaces.ts';
import { cgroupFiles } from './container/resources/cgroup-files.ts';
import { runnableSpec } from './container/runnable-spec.ts';
import { compileFilter } from './container/seccomp-filter.ts';
import { terminalsPath } from './container/terminals.ts';
import { makeLog } from './log/log.ts';
import { consolePlan } from './phases/console.ts';
import { earlyMountsPlan } from './phases/early-mounts.ts';
import { hostsFile, resolvConfFile } from './phases/identity.ts';
import { linkPlan, loopbackPlan } from './phases/network.ts';
import { overlayPlan } from './phases/root.ts';
import { initVersion } from './version.ts';

/**
 * Goes through what every boot goes through, as far as it is pure: run when the bundle is built, it makes V8 compile just
 * those functions, and their code is kept beside the bundle. Nothing of it may touch the machine that builds.
 */
export function warmUp(): void {
  makeLog(() => {}).warn({ warm: true }, 'warm');
  const launch = parseLaunchConfig(sampleLaunch);
  const image = parseJsonWith(ImageConfig, JSON.stringify(sampleImage), 'image');
  const plans: Plan[] = [earlyMountsPlan(), consolePlan(), loopbackPlan()];
  plans.push(overlayPlan(launch.root, { mode: 0o755, uid: 0, gid: 0 }));
  if (launch.network !== undefined) plans.push(linkPlan({ name: 'eth0', index: 2 }, launch.network));
  hostsFile(launch.hostname, launch.hosts);
  resolvConfFile(launch.network);
  plans.push(...containerPlans(launch, image));
  for (const plan of plans) plan.bytes();
  new FrameDecoder().push(encodeControl('event', { event: 'ready', initVersion }));
}

const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
const controllers = ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids'];

/** The container of a plain image, from its configuration to the plan of its first process. */
function containerPlans(launch: ReturnType<typeof parseLaunchConfig>, image: ImageConfig): Plan[] {
  const choice = chooseSeccomp(launch.container);
  const spec = runnableSpec(
    toRuntimeSpec({
      image,
      launch,
      user: resolveUser('', { passwd: 'root:x:0:0:root:/root:/bin/sh\n', group: 'root:x:0:\n' }, undefined),
      hostname: 'warm',
      terminals: terminalsPath('main'),
      kernelModules: undefined,
      seccomp:
        choice.kind === 'default'
          ? defaultSeccomp({ capabilities: choice.capabilities, architecture })
          : undefined,
      findDevices: () => [],
    }),
  );
  const linux = spec.linux ?? {};
  cgroupFiles(linux.resources ?? {});
  deviceProgram(containerDeviceRules(linux));
  const plan = containerPlan({
    id: 'main',
    spec,
    namespaces: planNamespaces(linux.namespaces ?? []),
    mounts: prepareMounts(spec.mounts ?? [], {
      terminals: terminalsPath('main'),
      copies: new Map(),
      modes: new Map(),
      root: { uid: 0, gid: 0 },
    }),
    rootPath: '/newroot',
    hiddenMounts: ['/config'],
    stdio: { kind: 'descriptors', ends: [20, 21, 22].map((fd) => ({ fd, isPipe: fd !== 20 })) },
    identity: { hostname: 'warm\n', hosts: '\n', resolvConf: undefined },
    lastCapability: capabilities.CAP_CHECKPOINT_RESTORE,
    seccomp: compileFilter(spec),
  });
  return [plan, cgroupPlan('/sys/fs/cgroup/containers/main', controllers)];
}

const sampleImage = {
  architecture: 'amd64',
  os: 'linux',
  config: { Env: ['PATH=/bin'], Entrypoint: ['/run'], Cmd: ['one'], WorkingDir: '/', Labels: { a: 'b' } },
  rootfs: { type: 'layers', diff_ids: ['sha256:0'] },
};

const sampleLaunch = {
  version: 1,
  root: { format: 'squashfs' },
  hostname: 'warm',
  network: {
    link: 'eth0',
    mac: '52:54:00:12:34:56',
    addresses: ['10.0.2.15/24', 'fec0::15/64'],
    routes: [
      { destination: '0.0.0.0/0', gateway: '10.0.2.2' },
      { destination: '::/0', gateway: 'fec0::2' },
    ],
    resolver: { nameservers: ['10.0.2.3'] },
  },
  process: { command: ['/run'], env: { MODE: 'warm' }, workingDir: '/' },
};
