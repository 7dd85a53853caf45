import { maxBootStepNameLength, maxBootSteps } from '../../protocol/limits.ts';
import type { BootStep, EventBody, TimelineEntry } from '../../protocol/messages.ts';
import { sinceKernelStartMs } from './clock.ts';
import { type KernelMilestones, readKernelMilestones } from './kernel-log.ts';

/** What init has measured itself. */
export interface MeasuredBoot {
  /** The first two entries are all that came before the phases. */
  phases: readonly TimelineEntry[];
  drivers: readonly TimelineEntry[];
}

/** Node's own milestones, in milliseconds since the kernel started. */
export interface NodeMilestones {
  /** The first instruction of Node's `main`. */
  startMs: number;
  /** Its first JavaScript that is not its own. */
  bootstrappedMs: number;
}

/** The name of the phase that ends with the workload's exec. */
const containerPhase = 'container';
const tenth = (timeMs: number): number => Math.round(timeMs * 10) / 10;

/**
 * Everything up to the first phase, step by step. A milestone that is missing, or that can't be true, leaves its time
 * to the step behind it. Pure.
 */
function startSteps(endMs: number, kernel: KernelMilestones, node: NodeMilestones): BootStep[] {
  const { initMs, unpackStartMs, unpackEndMs } = kernel;
  const ends: [kind: BootStep['kind'], name: string, endMs: number][] = [
    ['kernel', 'kernel', initMs ?? node.startMs],
    ['runtime', 'load Node', node.startMs],
    ['runtime', 'start Node', node.bootstrappedMs],
    ['runtime', 'load init', endMs],
  ];
  const steps: BootStep[] = [];
  let startMs = 0;
  for (const [kind, name, stepEndMs] of ends) {
    if (!(stepEndMs > startMs && stepEndMs <= endMs)) continue;
    steps.push({ kind, name, startMs, endMs: stepEndMs });
    startMs = stepEndMs;
  }
  if (unpackStartMs === undefined || unpackEndMs === undefined || unpackEndMs < unpackStartMs) return steps;
  return [{ kind: 'kernel', name: 'unpack initramfs', startMs: unpackStartMs, endMs: unpackEndMs }, ...steps];
}

/** All steps of a boot in the order of their beginnings; what lies within another one comes behind it. Pure. */
export function bootSteps(boot: MeasuredBoot, kernel: KernelMilestones, node: NodeMilestones): BootStep[] {
  const [, loadInit, ...phases] = boot.phases;
  const steps: BootStep[] = [
    ...startSteps(phases[0]?.startMs ?? loadInit?.endMs ?? 0, kernel, node),
    ...phases.map(
      ({ name, ...times }): BootStep => ({
        kind: name === containerPhase ? 'container' : 'phase',
        name,
        ...times,
      }),
    ),
    ...boot.drivers.map((driver): BootStep => ({ kind: 'driver', ...driver })),
  ];
  return steps
    .toSorted((one, other) => one.startMs - other.startMs || other.endMs - one.endMs)
    .slice(0, maxBootSteps)
    .map(({ kind, name, startMs, endMs }) => ({
      kind,
      name: name.slice(0, maxBootStepNameLength),
      startMs: tenth(startMs),
      endMs: tenth(endMs),
    }));
}

/** Node's milestones are relative to the start of its own clock. */
function nodeMilestones(): NodeMilestones {
  const clockStartMs = sinceKernelStartMs() - performance.now();
  const { nodeStart, bootstrapComplete } = performance.nodeTiming;
  return { startMs: clockStartMs + nodeStart, bootstrappedMs: clockStartMs + bootstrapComplete };
}

/**
 * Puts the timeline together. It takes some hundred short reads of the kernel's log, so it is done when the workload
 * runs. Never blocks, never throws.
 */
export function bootTimeline(boot: MeasuredBoot): EventBody {
  return {
    event: 'boot-timeline',
    workloadMs: boot.phases.find(({ name }) => name === containerPhase)?.endMs ?? 0,
    steps: bootSteps(boot, readKernelMilestones(), nodeMilestones()),
  };
}
