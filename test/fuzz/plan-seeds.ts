import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLONE_NEWIPC, CLONE_NEWNS } from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import { cgroupPlan } from '../../init/container/cgroup.ts';
import { containerPlan } from '../../init/container/container-plan.ts';
import { deviceProgram } from '../../init/container/devices/device-program.ts';
import { execPlan } from '../../init/container/exec-plan.ts';
import { hookPlan } from '../../init/container/hooks/hook-plan.ts';
import { compileFilter } from '../../init/container/seccomp-filter.ts';
import { sealPlan } from '../../init/phases/container.ts';
import { earlyMountsPlan } from '../../init/phases/early-mounts.ts';
import { linkPlan, loopbackPlan } from '../../init/phases/network.ts';
import { overlayPlan } from '../../init/phases/root.ts';
import { firstStagePlan } from '../../image/initramfs/first-stage-plan.ts';
import type { SpecLinux } from '../../protocol/oci/runtime-spec.ts';
import { everyOperation } from '../addon/support/every-operation.ts';
import { containerPlanInput } from '../support/container-plan-input.ts';
import { bareSpec, imageSpec, plainProcess } from '../support/runnable-spec.ts';

/** As much of `linux` as comes to an operation. */
const wideLinux: SpecLinux = {
  namespaces: (['mount', 'pid', 'ipc', 'uts', 'cgroup', 'network', 'time', 'user'] as const).map((type) => ({
    type,
  })),
  uidMappings: [{ containerID: 0, hostID: 1000, size: 10 }],
  gidMappings: [{ containerID: 0, hostID: 1000, size: 10 }],
  timeOffsets: { boottime: { secs: 10, nanosecs: 0 } },
  devices: [{ path: '/dev/odd', type: 'c', major: 10, minor: 200, fileMode: 0o600, uid: 1, gid: 2 }],
  sysctl: { 'net.ipv4.ip_forward': '1' },
  maskedPaths: ['/proc/kcore', '/sys/firmware'],
  readonlyPaths: ['/proc/sys'],
  personality: { domain: 'LINUX32' },
};

const wideSpec = bareSpec(
  {
    hostname: 'web',
    domainname: 'example.org',
    root: { path: 'rootfs', readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
      { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['rro', 'rshared', 'mode=1777'] },
    ],
    hooks: {
      createRuntime: [{ path: '/bin/hook' }],
      createContainer: [{ path: '/bin/hook' }],
      startContainer: [{ path: '/bin/hook' }],
    },
    linux: wideLinux,
  },
  plainProcess({
    noNewPrivileges: true,
    scheduler: { policy: 'SCHED_BATCH', nice: 5 },
    ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 4 },
  }),
);

const seccomp = compileFilter({
  ociVersion: '1.2.0',
  linux: {
    seccomp: {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mount', 'chroot'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
    },
  },
});

const plainPlan = (): Plan =>
  containerPlan(
    containerPlanInput(imageSpec(), {
      stdio: { kind: 'descriptors', ends: [20, 21, 22].map((fd) => ({ fd, isPipe: true })) },
      ...(seccomp === undefined ? {} : { seccomp }),
      identity: { hostname: 'web\n', hosts: '127.0.0.1 localhost\n', resolvConf: undefined },
    }),
  );

/** Everything that lies in a network's configuration. */
const networkPlan = (): Plan =>
  linkPlan(
    { name: 'eth0', index: 2 },
    {
      link: 'eth0',
      mtu: 1400,
      addresses: ['10.0.2.15/24', 'fd00::2/64'],
      routes: [{ destination: '0.0.0.0/0', gateway: '10.0.2.2' }],
      neighbours: [{ address: '10.0.2.2', mac: '52:54:00:00:00:01' }],
    },
  );

/** What descriptors do to each other: the fuzzer's 32 first ones are there, slots take those behind. */
const descriptorsPlan = (): Plan =>
  new Plan()
    .openPath(1, '/a', 0)
    .duplicateFd(3, 32)
    .duplicateSlot(1, 9)
    .duplicateFd(9, 9)
    .closeFds(3)
    .openPath(2, '/b', 0)
    .duplicateSlot(2, 4)
    .changeDirectoryToSlot(2);

const exec = (): Plan =>
  execPlan({
    containerId: 'main',
    process: plainProcess({ args: ['ls', '-l'], execCPUAffinity: { initial: '0', final: '0-3' } }),
    machineUser: { uid: 1000, gid: 100 },
    stdio: { kind: 'descriptors', ends: [20, 21, 22].map((fd) => ({ fd, isPipe: true })) },
    containerPidfd: 30,
    joinFlags: CLONE_NEWNS | CLONE_NEWIPC,
    lastCapability: 40,
    seccomp,
  });

/** The plans of init, by name. */
export const seedPlans = (): Record<string, Plan> => ({
  'every-operation': everyOperation(),
  'early-mounts': earlyMountsPlan(),
  'first-stage': firstStagePlan([]).plan,
  loopback: loopbackPlan(),
  network: networkPlan(),
  overlay: overlayPlan({ format: 'erofs', writableMiB: 64 }, { mode: 0o755, uid: 0, gid: 0 }),
  cgroup: cgroupPlan('/sys/fs/cgroup/main', ['memory', 'pids']),
  'device-program': new Plan().attachDeviceProgram(
    '/sys/fs/cgroup/main',
    deviceProgram([{ allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' }]),
  ),
  seal: sealPlan(),
  container: plainPlan(),
  'wide-container': containerPlan(containerPlanInput(wideSpec)),
  exec: exec(),
  'guest-hook': hookPlan(
    { path: '/bin/hook' },
    { kind: 'runtime', rootPath: '/newroot', hiddenMounts: ['/config'], hasBundle: true },
    8,
    2,
  ),
  'container-hook': hookPlan(
    { path: '/bin/hook' },
    { kind: 'container', pidfd: 30, joinFlags: CLONE_NEWNS },
    8,
    2,
  ),
  descriptors: descriptorsPlan(),
});

/** The first answer is the way a plan is run: a child whose handshake is descriptor 9, and process 1 itself. */
const ways = { child: 18, caller: 1 };
/** Success first, then some failures: EEXIST, EINTR, ENOENT, EACCES. */
const failingAnswers = [0, 0, 0, 0, 163, 0, 160, 0, 162, 0, 0, 164];
/** Added to the way: the kernel gives its last answer, EAGAIN, for ever. */
const stubborn = 64;

/** Writes every seed into a directory, which is made. Returns how many there are. */
export function writeSeeds(directory: string): number {
  mkdirSync(directory, { recursive: true });
  let count = 0;
  for (const [name, plan] of Object.entries(seedPlans())) {
    for (const [way, first] of Object.entries(ways)) {
      const answers = {
        works: [first],
        fails: [first, ...failingAnswers],
        'says-again': [first + stubborn, 0, 0, 0, 0, 161],
      };
      for (const [kind, bytes] of Object.entries(answers)) {
        writeFileSync(
          join(directory, `${name}-${way}-${kind}`),
          Buffer.concat([plan.bytes(), Uint8Array.from(bytes)]),
        );
        count += 1;
      }
    }
  }
  return count;
}
