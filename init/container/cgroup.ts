import { closeSync, constants, existsSync, openSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import type { Native } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import type { SpecLinux } from '../../protocol/oci/runtime-spec.ts';
import { runPlan } from '../boot/run-plan.ts';
import type { Log } from '../log/log.ts';
import { guestPaths } from '../phases/guest-paths.ts';
import { readProtectiveLimits, writeLimits } from './cgroup-limits.ts';
import { removeCgroup } from './cgroup-removal.ts';
import { containerDeviceRules } from './devices/default-rules.ts';
import { deviceProgram } from './devices/device-program.ts';
import { cgroupFiles } from './resources/cgroup-files.ts';

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

/** The directory of a container: what `cgroupsPath` says, or its id, below that of all containers. Pure. */
export function cgroupDirectory(id: string, cgroupsPath: string | undefined): string {
  const words = (cgroupsPath ?? id).split('/').filter((word) => word !== '' && word !== '.');
  if (words.length === 0 || words.includes('..')) {
    throw new FirstbornError(
      'config',
      `Cannot run the configuration: linux.cgroupsPath: expected a path below that of all containers, not "${cgroupsPath}"`,
    );
  }
  return `${containersCgroup}/${words.join('/')}`;
}

/** Every directory from the first below that of all containers down to `path`. */
function directoriesTo(path: string): string[] {
  const words = path.slice(containersCgroup.length + 1).split('/');
  return words.map((_, index) => `${containersCgroup}/${words.slice(0, index + 1).join('/')}`);
}

/**
 * Makes the cgroup of a container:
 *
 *     containers/<id>        the limits; no process, because a cgroup that hands controllers on can't have any
 *     containers/<id>/main   the container: the root of its cgroup namespace, and whatever it makes below it
 *     containers/<id>/exec   what was started by exec, under the same limits; never in the way of the former
 */
export function cgroupPlan(path: string, controllers: readonly string[]): Plan {
  const plan = new Plan();
  delegateControllers(plan, guestPaths.cgroup, controllers);
  plan.makeDirectory(containersCgroup, 0o755, { accept: ['EEXIST'] });
  delegateControllers(plan, containersCgroup, controllers);
  for (const directory of directoriesTo(path)) {
    // Only the last must be new: two containers in one cgroup would share their limits and their end.
    plan.makeDirectory(directory, 0o755, directory === path ? {} : { accept: ['EEXIST'] });
    delegateControllers(plan, directory, controllers);
  }
  return plan.makeDirectory(`${path}/main`, 0o755).makeDirectory(`${path}/exec`, 0o755);
}

/**
 * Writes the limits of a container. What this kernel has no file for is left out and said (S1 17); what it refuses is
 * an error. Programs size themselves by what they read at the root of their cgroup namespace, so they stand there too.
 */
function limitsPlan(log: Log, path: string, linux: SpecLinux): Plan {
  const plan = new Plan();
  const { files } = cgroupFiles(linux.resources ?? {});
  for (const file of files) {
    const { name, value } = file;
    const present = [file, file.otherwise].find(
      (one) => one !== undefined && existsSync(`${path}/${one.name}`),
    );
    if (present === undefined)
      log.warn({ file: name, value }, 'this kernel has no such limit; going on without it');
    else
      for (const directory of [path, `${path}/main`])
        plan.writeFile(`${directory}/${present.name}`, present.value);
  }
  return plan.attachDeviceProgram(path, deviceProgram(containerDeviceRules(linux)));
}

/** A cgroup that nothing was in yet. */
function removeNew(path: string): void {
  for (const directory of [`${path}/main`, `${path}/exec`, path]) rmdirSync(directory);
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

  /**
   * Makes the cgroup, with every controller of the kernel handed down to it. Throws a FirstbornError, of code `config`
   * for values that make no sense and `guest` for those that the kernel refuses; then there is none.
   */
  static create(native: Native, log: Log, id: string, linux: SpecLinux): ContainerCgroup {
    const path = cgroupDirectory(id, linux.cgroupsPath);
    const controllers = readFileSync(`${guestPaths.cgroup}/cgroup.controllers`, 'latin1')
      .trim()
      .split(' ')
      .filter(Boolean);
    runPlan(native, log, cgroupPlan(path, controllers));
    const protection = new Plan();
    writeLimits(protection, containersCgroup, readProtectiveLimits());
    runPlan(native, log, protection);
    try {
      runPlan(native, log, limitsPlan(log, path, linux));
    } catch (error) {
      removeNew(path);
      throw error;
    }
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
