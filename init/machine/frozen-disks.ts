import { Plan } from '../../addon/plan.ts';
import { guestError } from '../boot/phase.ts';
import { type ChildDependencies, runInChild } from './run-in-child.ts';

const thawDeadlineMs = 5_000;

/**
 * Thaws filesystems (FITHAW). One that is not frozen is left as it is; a failure is a warning, so that it does not
 * keep the others frozen. Gives false when the kernel takes longer than five seconds.
 */
export async function thawDisks(dependencies: ChildDependencies, paths: readonly string[]): Promise<boolean> {
  const plan = new Plan();
  for (const path of paths) plan.thawFilesystem(path, { accept: ['EINVAL', 'EOPNOTSUPP'], orWarn: true });
  return (await runInChild(dependencies, plan, thawDeadlineMs)).state === 'done';
}

/**
 * Freezes filesystems (FIFREEZE, ioctl_fifreeze), the last first, because it may lie on the one before. One that can't
 * be frozen is passed over. Throws a FirstbornError when an operation fails or the deadline passes. Those that are frozen
 * by then are still to be thawed; one that freezes after the deadline is thawed again by itself.
 */
export async function freezeDisks(
  dependencies: ChildDependencies,
  paths: readonly string[],
  deadlineMs: number,
): Promise<void> {
  const plan = new Plan();
  for (const path of paths.toReversed()) plan.freezeFilesystem(path, { accept: ['EOPNOTSUPP'] });
  const outcome = await runInChild(dependencies, plan, deadlineMs);
  if (outcome.state === 'done') return;
  const thaw = (): void => {
    thawDisks(dependencies, paths).catch((error: unknown) => {
      dependencies.log.error({ err: error }, 'disks that froze too late stay frozen');
    });
  };
  void outcome.done.then(thaw, thaw);
  throw guestError(`Cannot freeze the disks within ${Math.round(deadlineMs)} ms`);
}
