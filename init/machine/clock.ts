import type { Native } from '../../addon/native.ts';
import { clockToleranceMs } from '../../protocol/limits.ts';
import type { ClockReading } from '../../protocol/messages.ts';
import { RequestRefusal } from '../channel/requests.ts';
import type { Log } from '../log/log.ts';

/** The kernel refuses what lies behind 2232 (clock_settime(2)); nobody means that anyway. */
const latestUnixMs = Date.UTC(2200, 0);

/**
 * Reads the real-time clock to the millisecond, after it was stepped by `stepMs`. Steps within the tolerance are left
 * out: time that jumps costs a workload more than time that is a little off. Throws a RequestRefusal for a step out of
 * this and the next century, NativeError when the kernel refuses.
 */
export function readClock(native: Native, log: Log, stepMs = 0): ClockReading {
  if (Math.abs(stepMs) <= clockToleranceMs) return { unixMs: Date.now(), steppedMs: 0 };
  const targetMs = Date.now() + stepMs;
  if (targetMs < 0 || targetMs > latestUnixMs) {
    throw new RequestRefusal('bad-request', `Cannot step the clock by ${stepMs} ms`);
  }
  native.stepClock(stepMs);
  log.info({ stepMs }, 'stepped the clock');
  return { unixMs: Date.now(), steppedMs: stepMs };
}
