import type { BootStep } from '../../protocol/messages.ts';
import type { HostStep, HostTimeline, HostTimes } from './boot-timeline.ts';

/** What is known of the host's side of a boot. */
export interface HostSide extends HostTimes {
  /** How long the machine was prepared, and until when. Absent for a restart. */
  preparation: { durationMs: number; endUnixMs: number } | undefined;
  /** For each event of the guest, when it was recorded here and when the guest's clock said that it was. */
  arrivals: readonly { unixMs: number; guestMs: number }[];
}

/** A preparation that was over for longer is no part of the start. */
const longestPauseMs = 5000;
/** How much earlier than possible something may seem to be: clocks are read in whole milliseconds … */
const toleranceMs = 5;
/** … and a guest finds out the rate of its clock by itself, on a busy host not very well. */
const rateTolerance = 0.02;
const channelPhase = 'channel';

/**
 * The kernel's start on the host's clock. An event can't arrive before it is sent, so the one that travelled fastest
 * says it best: it is late by that event's way, some milliseconds at most. `undefined` when that can't be: a guest
 * whose clock runs slower than the host's, as with QEMU's -icount, or a host's clock that was set meanwhile.
 */
function kernelStartUnixMs(side: HostSide, steps: readonly BootStep[]): number | undefined {
  const startUnixMs = Math.min(...side.arrivals.map(({ unixMs, guestMs }) => unixMs - guestMs));
  const channelMs = steps.find(({ name }) => name === channelPhase)?.startMs ?? 0;
  const slackMs = toleranceMs + rateTolerance * Math.max(...side.arrivals.map(({ guestMs }) => guestMs));
  const isPossible =
    Number.isFinite(startUnixMs) &&
    startUnixMs >= side.vmUnixMs - slackMs &&
    startUnixMs + channelMs <= side.openedUnixMs + slackMs;
  return isPossible ? startUnixMs : undefined;
}

/** The host's steps: beside the guest's where the clocks fit together, else for themselves. Pure. */
export function hostTimeline(side: HostSide, steps: readonly BootStep[]): HostTimeline {
  const kernelUnixMs = kernelStartUnixMs(side, steps);
  const zeroUnixMs = kernelUnixMs ?? side.startUnixMs;
  const step = (name: string, startUnixMs: number, endUnixMs: number): HostStep => ({
    name,
    startMs: Math.round((startUnixMs - zeroUnixMs) * 10) / 10,
    endMs: Math.round((endUnixMs - zeroUnixMs) * 10) / 10,
  });
  const { startUnixMs, vmUnixMs, openedUnixMs, readyUnixMs, preparation } = side;
  const hostSteps: HostStep[] = [];
  if (preparation !== undefined && startUnixMs - preparation.endUnixMs <= longestPauseMs) {
    const { durationMs, endUnixMs } = preparation;
    hostSteps.push(step('preparation', endUnixMs - durationMs, endUnixMs));
  }
  hostSteps.push(step('start of QEMU', startUnixMs, vmUnixMs));
  if (kernelUnixMs !== undefined && kernelUnixMs > vmUnixMs) {
    hostSteps.push(step('QEMU and firmware', vmUnixMs, kernelUnixMs));
  }
  hostSteps.push(step('handshake', openedUnixMs, openedUnixMs), step('ready seen', readyUnixMs, readyUnixMs));
  return { since: kernelUnixMs === undefined ? 'start' : 'kernel', steps: hostSteps };
}
