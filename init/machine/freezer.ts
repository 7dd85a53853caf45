import { defaultFreezeMs, defaultRequestDeadlineMs } from '../../protocol/limits.ts';
import { guestError } from '../boot/phase.ts';
import { freezeCgroup, thawCgroup } from './frozen-cgroup.ts';
import { freezeDisks, thawDisks } from './frozen-disks.ts';
import type { ChildDependencies } from './run-in-child.ts';
import { syncDisks } from './sync-disks.ts';
import { findWritableDisks } from './writable-disks.ts';

/** A container as what freezes it needs it. */
export interface FreezableContainer {
  /** Its cgroup2 directory. */
  cgroupPath: string;
}

/** What has been stopped so far, in that order. */
interface Frozen {
  cgroupPaths: string[];
  diskPaths: string[];
}

/**
 * Brings the machine to rest for a snapshot: every process of the containers stopped, every writable disk consistent
 * and without writers. init itself goes on and thaws by itself after a time, so that a host that is lost does not
 * leave a dead machine. One freeze or thaw at a time; others wait for their turn.
 */
export class Freezer {
  readonly #dependencies: ChildDependencies;
  readonly #containers: () => readonly FreezableContainer[];
  readonly #procRoot: string;
  #frozen: Frozen | undefined;
  #thawTimer: NodeJS.Timeout | undefined;
  /** When something was last frozen, by performance.now(); infinity while it is. */
  #lastRestMs = Number.NEGATIVE_INFINITY;
  #lastTurn: Promise<unknown> = Promise.resolve();

  /** `containers` gives those that run now; procfs is at `procRoot`. */
  constructor(
    dependencies: ChildDependencies,
    containers: () => readonly FreezableContainer[],
    procRoot = '/proc',
  ) {
    this.#dependencies = dependencies;
    this.#containers = containers;
    this.#procRoot = procRoot;
  }

  /** Whether the machine is at rest. */
  get frozen(): boolean {
    return this.#frozen !== undefined;
  }

  /** Whether anything has been frozen at some time since `sinceMs` (performance.now()), or is about to be. */
  wasAtRestSince(sinceMs: number): boolean {
    return this.#lastRestMs >= sinceMs;
  }

  /**
   * Freezes containers and disks, until `thaw` or until `thawAfterMs` have passed; a machine that is frozen already
   * stays so until then. Throws a FirstbornError when it can't within `deadlineMs`; then nothing is left frozen.
   */
  freeze(thawAfterMs = defaultFreezeMs, deadlineMs = defaultRequestDeadlineMs): Promise<void> {
    // What went wrong is to be undone, and said, before whoever asked has given up.
    const endMs = performance.now() + deadlineMs * 0.8;
    return this.#inTurn(async () => {
      if (this.#frozen === undefined) await this.#freezeAll(endMs);
      clearTimeout(this.#thawTimer);
      this.#thawTimer = setTimeout(() => this.#thawUnasked(), thawAfterMs);
      this.#dependencies.log.info({ thawAfterMs }, 'frozen');
    });
  }

  /** Lets everything go on. Nothing happens when nothing is frozen. Throws when a disk or a container stays frozen. */
  thaw(): Promise<void> {
    return this.#inTurn(async () => {
      const frozen = this.#frozen;
      if (frozen === undefined) return;
      await this.#thawAll(frozen);
      this.#frozen = undefined;
      this.#lastRestMs = performance.now();
      clearTimeout(this.#thawTimer);
      this.#dependencies.log.info('thawed');
    });
  }

  #inTurn<Result>(step: () => Promise<Result>): Promise<Result> {
    const turn = this.#lastTurn.then(step);
    this.#lastTurn = turn.catch(() => {});
    return turn;
  }

  async #freezeAll(endMs: number): Promise<void> {
    const frozen: Frozen = { cgroupPaths: [], diskPaths: [] };
    this.#lastRestMs = Number.POSITIVE_INFINITY;
    try {
      await this.#freezeContainers(frozen, endMs);
      await this.#freezeDisks(frozen, endMs);
      this.#frozen = frozen;
    } catch (error) {
      await this.#undo(frozen);
      throw error;
    }
  }

  async #undo(frozen: Frozen): Promise<void> {
    try {
      await this.#thawAll(frozen);
      this.#lastRestMs = performance.now();
    } catch (cause) {
      this.#dependencies.log.error({ err: cause }, 'a freeze that failed cannot be undone');
      this.#frozen = frozen; // for a thaw that is asked for
    }
  }

  async #freezeContainers(frozen: Frozen, endMs: number): Promise<void> {
    for (const { cgroupPath } of this.#containers()) {
      frozen.cgroupPaths.push(cgroupPath);
      await freezeCgroup(cgroupPath, Math.max(0, endMs - performance.now()));
    }
  }

  async #freezeDisks(frozen: Frozen, endMs: number): Promise<void> {
    const remainingMs = (): number => Math.max(1, endMs - performance.now());
    if (!(await syncDisks(this.#dependencies, remainingMs()))) {
      throw guestError('Cannot write all data to the disks in time');
    }
    const paths = findWritableDisks(this.#procRoot);
    if (paths.length === 0) return;
    frozen.diskPaths = paths;
    await freezeDisks(this.#dependencies, paths, remainingMs());
  }

  /** Disks first: a process that goes on may want to write. */
  async #thawAll({ cgroupPaths, diskPaths }: Frozen): Promise<void> {
    const disks = diskPaths.length === 0 ? Promise.resolve(true) : thawDisks(this.#dependencies, diskPaths);
    const [outcome] = await Promise.allSettled([disks]);
    const stuck = cgroupPaths.filter((path) => !thawCgroup(path));
    if (outcome.status === 'rejected') throw guestError('Cannot thaw the disks', outcome.reason);
    if (!outcome.value) throw guestError('Cannot thaw the disks in time');
    if (stuck.length > 0) throw guestError(`Cannot thaw the cgroup "${stuck[0]}"`);
  }

  #thawUnasked(): void {
    this.#dependencies.log.warn('nobody asked for the thaw; thawing');
    this.thaw().catch((error: unknown) => this.#dependencies.log.error({ err: error }, 'a thaw failed'));
  }
}
