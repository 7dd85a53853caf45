import * as z from 'zod/mini';
import { ExitCode, ShortText } from './fields.ts';
import { healthStatuses } from './health.ts';
import { maxBootSteps } from './limits.ts';

/** One step of the boot, in milliseconds since the kernel started. */
export const TimelineEntry = z.object({ name: ShortText, startMs: z.number(), endMs: z.number() });
export type TimelineEntry = z.infer<typeof TimelineEntry>;

const EventBase = { sequence: z.int().check(z.minimum(1)), timeMs: z.number() };

/** guest → host: the workload's exec happened. */
export const StartedEvent = z.looseObject({
  ...EventBase,
  event: z.literal('started'),
  container: ShortText,
  pid: z.int(),
});
/** guest → host: the machine has booted and its workload runs. */
export const ReadyEvent = z.looseObject({
  ...EventBase,
  event: z.literal('ready'),
  container: ShortText,
  pid: z.int(),
  kernel: ShortText,
  loadedModules: z.int(),
  memory: z.object({ totalKiB: z.number(), availableKiB: z.number() }),
  timeline: z.array(TimelineEntry),
});
/** What a step of the boot is part of. `runtime`: Node and init's program. `driver`: one kernel module, within a phase. */
export const bootStepKinds = ['kernel', 'runtime', 'phase', 'driver', 'container'] as const;
/** One step of the boot, in milliseconds since the kernel started. Steps may lie within others. */
export const BootStep = z.object({
  kind: z.enum(bootStepKinds),
  name: ShortText,
  startMs: z.number(),
  endMs: z.number(),
});
export type BootStep = z.infer<typeof BootStep>;
/** guest → host: where the time of the boot went. Soon after `ready`, so that finding it out delays nothing. */
export const BootTimelineEvent = z.looseObject({
  ...EventBase,
  event: z.literal('boot-timeline'),
  /** When the workload's exec had happened. */
  workloadMs: z.number(),
  steps: z.array(BootStep).check(z.maxLength(maxBootSteps)),
});
/** guest → host: the kernel killed processes of the container for memory. */
export const OomEvent = z.looseObject({
  ...EventBase,
  event: z.literal('oom'),
  container: ShortText,
  /** Kills since the container's start. */
  kills: z.int(),
});
/** guest → host: the first result of a health check, and every change of what it says of the workload. */
export const HealthEvent = z.looseObject({
  ...EventBase,
  event: z.literal('health'),
  container: ShortText,
  status: z.enum(healthStatuses),
  /** Failures in a row, those of the start period aside. */
  failingStreak: z.int().check(z.minimum(0)),
  /** Of the check that led to it. Absent before the first one, and of one that did not end in time. */
  exitCode: z.optional(ExitCode),
  /** What it printed, or why it could not be run. Absent before the first one. */
  output: z.optional(ShortText),
});
export const stopReasons = ['request', 'shutdown', 'power-button', 'control-alt-delete', 'power'] as const;
export type StopReason = (typeof stopReasons)[number];
/** guest → host: the workload's stop has begun. */
export const StoppingEvent = z.looseObject({
  ...EventBase,
  event: z.literal('stopping'),
  container: ShortText,
  reason: z.enum(stopReasons),
});
/** guest → host: the workload has ended and its output has been sent. */
export const ExitEvent = z.looseObject({
  ...EventBase,
  event: z.literal('exit'),
  container: ShortText,
  code: ExitCode,
  /** Present when a signal ended it. */
  signal: z.optional(z.int()),
  /** `oom`: a signal of the kernel, for memory. */
  reason: z.enum(['exited', 'signaled', 'oom', 'not-started']),
  /** Why it was not started. */
  message: z.optional(ShortText),
});
/** guest → host: a process started by `exec` has ended and its output has been sent. */
export const ExecExitEvent = z.looseObject({
  ...EventBase,
  event: z.literal('exec-exit'),
  exec: z.int(),
  code: ExitCode,
  signal: z.optional(z.int()),
  reason: z.enum(['exited', 'signaled', 'oom']),
});
/** guest → host: a block of a verified disk is not what its root hash says. Once for each disk; such blocks are not read. */
export const CorruptionEvent = z.looseObject({
  ...EventBase,
  event: z.literal('corruption'),
  /** Where the disk's content is in the container. */
  disk: ShortText,
});
/** guest → host: Firstborn itself failed; the machine powers off with `code`. */
export const FaultEvent = z.looseObject({
  ...EventBase,
  event: z.literal('fault'),
  phase: ShortText,
  message: ShortText,
  code: ExitCode,
});

export const Event = z.discriminatedUnion('event', [
  StartedEvent,
  ReadyEvent,
  BootTimelineEvent,
  OomEvent,
  HealthEvent,
  StoppingEvent,
  ExitEvent,
  ExecExitEvent,
  CorruptionEvent,
  FaultEvent,
]);
export type Event = z.infer<typeof Event>;
export type ReadyEvent = z.infer<typeof ReadyEvent>;
export type BootTimelineEvent = z.infer<typeof BootTimelineEvent>;
export type OomEvent = z.infer<typeof OomEvent>;
export type HealthEvent = z.infer<typeof HealthEvent>;
export type ExitEvent = z.infer<typeof ExitEvent>;
export type ExecExitEvent = z.infer<typeof ExecExitEvent>;
export type FaultEvent = z.infer<typeof FaultEvent>;

type Unnumbered<Schema extends z.core.$ZodType> = Omit<z.input<Schema>, 'sequence' | 'timeMs'>;

/** An event before the guest numbers it. */
export type EventBody =
  | Unnumbered<typeof StartedEvent>
  | Unnumbered<typeof ReadyEvent>
  | Unnumbered<typeof BootTimelineEvent>
  | Unnumbered<typeof OomEvent>
  | Unnumbered<typeof HealthEvent>
  | Unnumbered<typeof StoppingEvent>
  | Unnumbered<typeof ExitEvent>
  | Unnumbered<typeof ExecExitEvent>
  | Unnumbered<typeof CorruptionEvent>
  | Unnumbered<typeof FaultEvent>;
