import * as z from 'zod/mini';
import { ExitCode, ShortText } from './fields.ts';

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
/** guest → host: the kernel killed processes of the container for memory. */
export const OomEvent = z.looseObject({
  ...EventBase,
  event: z.literal('oom'),
  container: ShortText,
  /** Kills since the container's start. */
  kills: z.int(),
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
  OomEvent,
  StoppingEvent,
  ExitEvent,
  ExecExitEvent,
  FaultEvent,
]);
export type Event = z.infer<typeof Event>;
export type ReadyEvent = z.infer<typeof ReadyEvent>;
export type OomEvent = z.infer<typeof OomEvent>;
export type ExitEvent = z.infer<typeof ExitEvent>;
export type ExecExitEvent = z.infer<typeof ExecExitEvent>;
export type FaultEvent = z.infer<typeof FaultEvent>;

type Unnumbered<Schema extends z.core.$ZodType> = Omit<z.input<Schema>, 'sequence' | 'timeMs'>;

/** An event before the guest numbers it. */
export type EventBody =
  | Unnumbered<typeof StartedEvent>
  | Unnumbered<typeof ReadyEvent>
  | Unnumbered<typeof OomEvent>
  | Unnumbered<typeof StoppingEvent>
  | Unnumbered<typeof ExitEvent>
  | Unnumbered<typeof ExecExitEvent>
  | Unnumbered<typeof FaultEvent>;
