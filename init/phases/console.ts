import { O_NOCTTY, O_RDWR } from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';

const consoleSlot = 0;

/**
 * Puts /dev/console onto fds 0 to 2 (KR 2). The kernel did so if the initramfs had the node; a console that
 * can't be opened only costs the log.
 */
export function consolePlan(): Plan {
  const plan = new Plan();
  plan.openPath(consoleSlot, '/dev/console', O_RDWR | O_NOCTTY, 0, { orWarn: true });
  for (const fd of [0, 1, 2]) plan.duplicateSlot(consoleSlot, fd, { orWarn: true });
  return plan;
}
