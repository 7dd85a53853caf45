import * as z from 'zod/mini';
import { maxStopGraceMs } from './limits.ts';

/** Versions of the conversation that this build speaks. */
export const protocolVersions = { min: 1, max: 1 } as const;

const Version = z.int().check(z.minimum(1), z.maximum(0xffff));
const Nonce = z.string().check(z.regex(/^[0-9a-f]{16,64}$/, 'expected 16 to 64 hex digits'));
const Sequence = z.int().check(z.minimum(0));
const ShortText = z.string().check(z.maxLength(4096));
const Features = z.array(z.string().check(z.maxLength(64))).check(z.maxLength(64));

/** host → guest. Repeated until a welcome carries the same session nonce. */
export const Hello = z.looseObject({
  protocol: z.object({ min: Version, max: Version }),
  /** Chosen at random by the host for each session; the same nonce again is a repetition, not a new session. */
  session: Nonce,
  features: Features,
  /** Events up to this sequence number have been taken by the host. */
  acknowledged: z._default(Sequence, 0),
});
export type Hello = z.infer<typeof Hello>;

/** guest → host. */
export const Welcome = z.looseObject({
  protocol: Version,
  session: Nonce,
  features: Features,
  /** /proc/sys/kernel/random/boot_id: tells a restarted machine from a resumed one. */
  bootId: ShortText,
  initVersion: ShortText,
});
export type Welcome = z.infer<typeof Welcome>;

/** guest → host: the hello could not be answered. */
export const Refuse = z.looseObject({
  code: z.enum(['version', 'bad-hello']),
  message: ShortText,
  protocol: z.object({ min: Version, max: Version }),
});
export type Refuse = z.infer<typeof Refuse>;

const RequestBase = { id: z.int().check(z.minimum(1)), deadlineMs: z.optional(z.int().check(z.minimum(1))) };

/** host → guest. A discriminated union over `method`. */
export const Request = z.discriminatedUnion('method', [
  z.object({ ...RequestBase, method: z.literal('ping') }),
  /** The host has taken all events up to and with `sequence`; the guest may forget them. */
  z.object({ ...RequestBase, method: z.literal('acknowledge'), params: z.object({ sequence: Sequence }) }),
  /** Ends the workload: `signal` (number), then after `graceMs` the kill of everything in its cgroup. */
  z.object({
    ...RequestBase,
    method: z.literal('stop'),
    params: z.object({
      signal: z.optional(z.int().check(z.minimum(1), z.maximum(64))),
      graceMs: z.optional(z.int().check(z.minimum(0), z.maximum(maxStopGraceMs))),
    }),
  }),
]);
export type Request = z.infer<typeof Request>;
export type RequestMethod = Request['method'];

/** What can be wrong with a request. Closed. */
export const errorReplyCodes = [
  'bad-request',
  'unknown-method',
  'busy',
  'deadline',
  'not-found',
  'failed',
] as const;
export type ErrorReplyCode = (typeof errorReplyCodes)[number];

/** guest → host. */
export const Response = z.union([
  z.object({ id: z.int(), ok: z.literal(true), result: z.optional(z.unknown()) }),
  z.object({
    id: z.int(),
    ok: z.literal(false),
    error: z.object({ code: z.enum(errorReplyCodes), message: ShortText }),
  }),
]);
export type Response = z.infer<typeof Response>;

/** One step of the boot, in milliseconds since the kernel started. */
export const TimelineEntry = z.object({ name: ShortText, startMs: z.number(), endMs: z.number() });
export type TimelineEntry = z.infer<typeof TimelineEntry>;

const EventBase = { sequence: z.int().check(z.minimum(1)), timeMs: z.number() };
const ExitCode = z.int().check(z.minimum(0), z.maximum(255));

/** guest → host: the workload's exec happened. */
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
/** guest → host: the workload's stop has begun. */
export const StoppingEvent = z.looseObject({
  ...EventBase,
  event: z.literal('stopping'),
  container: ShortText,
  reason: z.enum(['request', 'shutdown']),
});
/** guest → host: the workload has ended and its output has been sent. */
export const ExitEvent = z.looseObject({
  ...EventBase,
  event: z.literal('exit'),
  container: ShortText,
  code: ExitCode,
  /** Present when a signal ended it. */
  signal: z.optional(z.int()),
  reason: z.enum(['exited', 'signaled', 'not-started']),
  /** Why it was not started. */
  message: z.optional(ShortText),
});
/** guest → host: Firstborn itself failed; the machine powers off with `code`. */
export const FaultEvent = z.looseObject({
  ...EventBase,
  event: z.literal('fault'),
  phase: ShortText,
  message: ShortText,
  code: ExitCode,
});

export const Event = z.discriminatedUnion('event', [ReadyEvent, StoppingEvent, ExitEvent, FaultEvent]);
export type Event = z.infer<typeof Event>;
export type ReadyEvent = z.infer<typeof ReadyEvent>;
export type ExitEvent = z.infer<typeof ExitEvent>;
export type FaultEvent = z.infer<typeof FaultEvent>;

/** An event before the guest numbers it. */
export type EventBody =
  | Omit<z.input<typeof ReadyEvent>, 'sequence' | 'timeMs'>
  | Omit<z.input<typeof StoppingEvent>, 'sequence' | 'timeMs'>
  | Omit<z.input<typeof ExitEvent>, 'sequence' | 'timeMs'>
  | Omit<z.input<typeof FaultEvent>, 'sequence' | 'timeMs'>;
