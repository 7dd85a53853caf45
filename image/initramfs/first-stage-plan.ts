import { MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY } from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import type { KernelModule } from '../../protocol/kernel-modules.ts';
import { deviceDeadlineMs } from '../../protocol/limits.ts';
import { guestRuntimePath, runtimeDiskSerial } from '../../protocol/names.ts';

/** Where the first stage looks for its plan, and the program that it becomes. Absolute. */
export const firstStagePaths = {
  plan: '/first-stage.plan',
  nextProgram: `${guestRuntimePath}/init`,
} as const;

/** The link to the runtime disk's node. */
const runtimeDevice = '/dev/firstborn-runtime';
/** What the disk needs of a kernel that has it as modules: a bus, whichever the machine has, a driver, a filesystem. */
const neededModules = ['virtio_pci', 'virtio_mmio', 'virtio_blk', 'erofs'];

/** The modules that the runtime disk needs, of those packed, before each what it depends on. Pure. */
export function modulesForRuntimeDisk(modules: readonly KernelModule[]): KernelModule[] {
  const wanted = new Set<string>();
  // Dependencies come before those that need them, so the way back meets every name before its module.
  for (const module of modules.toReversed()) {
    if (!neededModules.includes(module.name) && !wanted.has(module.name)) continue;
    wanted.add(module.name);
    for (const name of module.dependencies) wanted.add(name);
  }
  return modules.filter(({ name }) => wanted.has(name));
}

/** A plan and, for each of its operations, the words behind "Cannot" in a complaint. */
interface ExplainedPlan {
  plan: Plan;
  actions: string[];
}

/**
 * What the first stage does: drivers, /dev as init wants it, the disk by its serial, its mount. /sys is there only to
 * find the disk; init mounts its own. A module that fails is told of, and what can't go on without it says so.
 */
export function firstStagePlan(modules: readonly KernelModule[]): ExplainedPlan {
  const plan = new Plan();
  const actions: string[] = [];
  for (const { name, path } of modulesForRuntimeDisk(modules)) {
    plan.loadModule(path, '', { accept: ['EEXIST'], orWarn: true });
    actions.push(`load the module "${name}"`);
  }
  plan
    .mount(
      {
        source: 'devtmpfs',
        target: '/dev',
        type: 'devtmpfs',
        flags: MS_NOSUID | MS_NOEXEC,
        data: 'mode=0755',
      },
      { accept: ['EBUSY'] },
    )
    .mount({ source: 'sysfs', target: '/sys', type: 'sysfs', flags: MS_NOSUID | MS_NODEV | MS_NOEXEC })
    .linkDisk(runtimeDiskSerial, runtimeDevice, deviceDeadlineMs)
    .unmount('/sys')
    .mount({
      source: runtimeDevice,
      target: guestRuntimePath,
      type: 'erofs',
      flags: MS_RDONLY | MS_NOSUID | MS_NODEV,
    });
  actions.push(
    'mount devtmpfs at "/dev"',
    'mount sysfs at "/sys"',
    `find the runtime disk, a virtio disk with the serial "${runtimeDiskSerial}", within ${deviceDeadlineMs / 1000} s`,
    'unmount "/sys"',
    `mount the runtime disk at "${guestRuntimePath}" as erofs`,
  );
  return { plan, actions };
}

/** The file that the first stage reads: a plan's bytes, then a line of text for each of its operations. Pure. */
export function firstStagePlanFile(modules: readonly KernelModule[]): Buffer {
  const { plan, actions } = firstStagePlan(modules);
  return Buffer.concat([plan.bytes(), Buffer.from(actions.map((action) => `${action}\n`).join(''))]);
}
