import { Plan } from '../../addon/plan.ts';
import { RequestRefusal } from '../channel/requests.ts';
import { type ChildDependencies, type ChildOutcome, runInChild } from './run-in-child.ts';

async function sync(dependencies: ChildDependencies, deadlineMs: number): Promise<ChildOutcome> {
  const outcome = await runInChild(dependencies, new Plan().sync(), deadlineMs);
  if (outcome.state === 'late') {
    dependencies.log.warn({ deadlineMs }, 'the disks did not take all data in time');
  }
  return outcome;
}

/**
 * Writes what the page cache holds for the disks (sync(2)), in a child: a disk that does not answer keeps it for ever.
 * Gives false, and says so in the log, when that takes longer than `deadlineMs`; the child goes on. Throws when the
 * child can't be started.
 */
export async function syncDisks(dependencies: ChildDependencies, deadlineMs: number): Promise<boolean> {
  return (await sync(dependencies, deadlineMs)).state === 'done';
}

/** A sync that hangs keeps its child, and a host may ask again and again. */
const maxChildren = 4;

/** `syncDisks` for the requests of a host: bounded in number, and a failure is an error reply. */
export class RequestedSyncs {
  readonly #dependencies: ChildDependencies;
  #children = 0;

  constructor(dependencies: ChildDependencies) {
    this.#dependencies = dependencies;
  }

  /** Resolves once everything is written. Throws a RequestRefusal when that takes too long. */
  async sync(deadlineMs: number): Promise<void> {
    if (this.#children >= maxChildren) {
      throw new RequestRefusal('busy', `Cannot sync the disks: ${maxChildren} earlier syncs have not ended`);
    }
    this.#children += 1;
    let outcome: ChildOutcome = { state: 'done' };
    const release = (): void => void (this.#children -= 1);
    try {
      outcome = await sync(this.#dependencies, deadlineMs);
    } finally {
      if (outcome.state === 'done') release();
      else void outcome.done.then(release, release);
    }
    if (outcome.state === 'late') {
      throw new RequestRefusal('deadline', `Cannot sync the disks within ${deadlineMs} ms`);
    }
  }
}
