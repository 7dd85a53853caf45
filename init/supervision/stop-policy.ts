import { defaultStopGraceMs } from '../../protocol/limits.ts';
import { parseSignal } from '../../protocol/signals.ts';
import type { GuestConfig } from '../phases/config.ts';

const SIGTERM = 15;

/** The signal that asks this workload to end, and how long it may take. */
export interface StopPolicy {
  signal: number;
  graceMs: number;
}

/** Before the config has been read. */
export const defaultStopPolicy: StopPolicy = { signal: SIGTERM, graceMs: defaultStopGraceMs };

/** The launch config's word, else the image's, else SIGTERM and ten seconds. An unreadable image's is SIGTERM. */
export function stopPolicy({ launch, image }: GuestConfig): StopPolicy {
  const text = launch.process.stopSignal ?? image.config?.StopSignal ?? '';
  return {
    signal: parseSignal(text) ?? defaultStopPolicy.signal,
    graceMs: launch.stopGraceMs ?? defaultStopPolicy.graceMs,
  };
}
