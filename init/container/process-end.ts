import type { ReapedChild } from '../../addon/native.ts';
import { exitCodes } from '../../protocol/names.ts';

const SIGKILL = 9;

/** How a process ended, as its exit event says it. */
export type ProcessEnd =
  | { reason: 'exited'; code: number }
  /** `oom`: a SIGKILL of the kernel, for want of memory. */
  | { reason: 'signaled' | 'oom'; code: number; signal: number };

/** What else is known about a process that was killed. */
export interface KillCircumstances {
  /** Whether init or its host sent a SIGKILL. */
  killedByUs: boolean;
  /** Counts processes of the container that the kernel killed for memory while this one ran. Asked only where it matters. */
  oomKills: () => number;
}

/** Docker's code: the process's own, or 128 and the signal. Pure. */
export function processEnd(child: ReapedChild, circumstances: KillCircumstances): ProcessEnd {
  if (child.state === 'exited') return { reason: 'exited', code: child.code };
  const { signal } = child;
  const isOom = signal === SIGKILL && !circumstances.killedByUs && circumstances.oomKills() > 0;
  return { reason: isOom ? 'oom' : 'signaled', code: exitCodes.signalBase + signal, signal };
}
