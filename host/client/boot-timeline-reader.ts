import type { BootTimeline } from '../boot-chart/boot-timeline.ts';
import { RecordedBoot } from '../boot-chart/recorded-boot.ts';
import { readEvents } from './event-reader.ts';
import type { LogSource } from './log-reader.ts';
import type { Cancellable } from './types.ts';

/** The guest tells its timeline right behind `ready`; an older one never does. */
const tellingMs = 2_000;

export interface BootReading extends Cancellable {
  /** Its workload runs: the timeline may be on its way. */
  isRunning: boolean;
}

/**
 * Reads the latest boot that came to its workload from a machine's events; `undefined` when there is none. Waits a
 * moment for the timeline of a machine that has only just come to it. Rejects with the signal's reason.
 */
export async function readBootTimeline(
  source: LogSource,
  { isRunning, signal }: BootReading,
): Promise<BootTimeline | undefined> {
  const boot = new RecordedBoot();
  for await (const event of readEvents(source, signal === undefined ? {} : { signal })) boot.take(event);
  if (!isRunning || boot.isComplete) return boot.timeline;
  const deadline = AbortSignal.timeout(tellingMs);
  const signals = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  const awaited = new RecordedBoot();
  try {
    for await (const event of readEvents(source, { follow: true, signal: signals })) {
      awaited.take(event);
      if (awaited.isComplete) return awaited.timeline;
    }
  } catch (error) {
    if (!deadline.aborted || signal?.aborted === true) throw error;
  }
  return awaited.timeline;
}
