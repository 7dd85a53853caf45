import { closeSync, constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import type { Native } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import { runPlan } from '../boot/run-plan.ts';
import type { Log } from '../log/log.ts';
import { guestPaths } from '../phases/guest-paths.ts';
import { type CgroupLimits, readProtectiveLimits, writeLimits } from './cgroup-limits.ts';
import { removeCgroup } from './cgroup-removal.ts';

/** All containers: here they are kept from taking the whole machine. */
export const containersCgroup = `${guestPaths.cgroup}/containers`;

/** Controllers go down the tree only where each level hands them on; each one apart, as any may be missing. */
function delegateControllers(plan: Plan, directory: string, controllers: readonly string[]): void {
  for (const controller of controllers) {
    plan.writeFile(`${directory}/cgroup.subtree_control`, `+${controller}`, {}, { orWarn: true });
  }
}

function openDirectory(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
}

/**
 * Makes the cgroup of a container:
 *
 *     containers/<id>        the limits; no process, because a cgroup that hands controllers on can't have any
 *     containers/<id>/main   the container: the root of its cgroup namespace, and whatever it makes below it
 *     containers/<id>/exec   what was started by exec, under the same limits; never in the way of the former
 */
export function cgroupPlan(path: string, controllers: readonly string[], limits: CgroupLimits): Plan {
  const plan = new Plan();
  delegateControllers(plan, guestPaths.cgroup, controllers);
  plan.makeDirectory(containersCgroup, 0o755, { accept: ['EEXIST'] });
  delegateControllers(plan, containersCgroup, controllers);
  plan.makeDirectory(path, 0o755);
  writeLimits(plan, path, limits);
  delegateControllers(plan, path, controllers);
  plan.makeDirectory(`${path}/main`, 0o755).makeDirectory(`${path}/exec`, 0o755);
  // Programs size themselves by what they read at the root of their cgroup namespace.
  writeLimits(plan, `${path}/main`, limits);
  return plan;
}

/** The cgroup of one container: where its processes start, and the handle to kill all of them. */
export class ContainerCgroup {
  readonly path: string;
  /** Directories for clone3, ours until `closeFds`. */
  readonly mainFd: number;
  readonly execFd: number;

  private constructor(path: string) {
    this.path = path;
    this.mainFd = openDirectory(`${path}/main`);
    this.execFd = openDirectory(`${path}/exec`);
  }

  /** Makes the cgroup, with every controller of the kernel handed down to it. */
  static create(native: Native, log: Log, id: string, limits: CgroupLimits): ContainerCgroup {
    const path = `${containersCgroup}/${id}`;
    const controllers = readFileSync(`${guestPaths.cgroup}/cgroup.controllers`, 'latin1')
      .trim()
      .split(' ')
      .filter(Boolean);
    const plan = cgroupPlan(path, controllers, limits);
    writeLimits(plan, containersCgroup, readProtectiveLimits());
    runPlan(native, log, plan);
    return new ContainerCgroup(path);
  }

  closeFds(): void {
    closeSync(this.mainFd);
    closeSync(this.execFd);
  }

  /** Kills every process in it (cgroup.kill, Linux 5.14). Gives false where the kernel has no such file. */
  kill(): boolean {
    try {
      writeFileSync(`${this.path}/cgroup.kill`, '1', { flag: 'r+' });
      return true;
    } catch {
      return false;
    }
  }

  /** Removes it and what the container made below it. */
  remove(): Promise<void> {
    return removeCgroup(this.path);
  }
}
