import { closeSync, constants, openSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Native } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import { runPlan } from '../boot/run-plan.ts';
import type { Log } from '../log/log.ts';
import { guestPaths } from '../phases/guest-paths.ts';

const containersCgroup = `${guestPaths.cgroup}/containers`;
const removalDeadlineMs = 1000;

/** Controllers go down the tree only where each level hands them on; each one apart, as any may be missing. */
function delegateControllers(plan: Plan, directory: string, controllers: string[]): void {
  for (const controller of controllers) {
    plan.writeFile(`${directory}/cgroup.subtree_control`, `+${controller}`, {}, { orWarn: true });
  }
}

/** The cgroup of one container: where it starts, and the handle to kill all of it. */
export class ContainerCgroup {
  readonly path: string;
  /** An O_PATH-like descriptor of the directory, for clone3; closed by `closeFd`. */
  readonly fd: number;

  private constructor(path: string) {
    this.path = path;
    this.fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  }

  /** Makes the cgroup, with every controller of the kernel handed down to it. */
  static create(native: Native, log: Log, id: string): ContainerCgroup {
    const controllers = readFileSync(`${guestPaths.cgroup}/cgroup.controllers`, 'latin1')
      .trim()
      .split(' ')
      .filter(Boolean);
    const path = `${containersCgroup}/${id}`;
    const plan = new Plan();
    delegateControllers(plan, guestPaths.cgroup, controllers);
    plan.makeDirectory(containersCgroup, 0o755, { accept: ['EEXIST'] });
    delegateControllers(plan, containersCgroup, controllers);
    plan.makeDirectory(path, 0o755);
    runPlan(native, log, plan);
    return new ContainerCgroup(path);
  }

  /** Not needed once the container has started. */
  closeFd(): void {
    closeSync(this.fd);
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

/** Removes a cgroup, those below it first. Throws once `endMs` has come: a container decides how many there are. */
function removeTree(path: string, endMs: number): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(`${path}/${entry.name}`, endMs);
  }
  if (performance.now() > endMs) throw new Error(`Cannot remove "${path}" within ${removalDeadlineMs} ms`);
  rmdirSync(path);
}

/** Removes a cgroup whose processes have ended: EBUSY for some milliseconds after the last exit is normal. */
export async function removeCgroup(path: string): Promise<void> {
  const endMs = performance.now() + removalDeadlineMs;
  for (let pauseMs = 1; ; pauseMs *= 2) {
    try {
      removeTree(path, endMs);
      return;
    } catch (error) {
      if (performance.now() + pauseMs > endMs) throw error;
    }
    await sleep(pauseMs);
  }
}
