import * as z from 'zod/mini';
import { Offset, ShortText } from './fields.ts';
import { errorReplyCodes } from './requests.ts';

export * from './events.ts';
export * from './metrics.ts';
export * from './requests.ts';

/** Versions of the conversation that this build speaks. */
export const protocolVersions = { min: 1, max: 1 } as const;

/** What this build offers beyond the bare version; a host asks for it only when the welcome names it. */
export const guestFeatures = [
  'resume',
  'exec',
  'containers',
  'metrics',
  'files',
  'clock',
  'entropy',
  'freeze',
  'shutdown',
] as const;

const Version = z.int().check(z.minimum(1), z.maximum(0xffff));
/** Chosen at random by the host for each session. */
export const Nonce = z.string().check(z.regex(/^[0-9a-f]{16,64}$/, 'expected 16 to 64 hex digits'));
const Features = z.array(z.string().check(z.maxLength(64))).check(z.maxLength(64));

/** Stream id to offset; only streams about which there is something to say. */
const StreamOffsets = z
  .record(z.string().check(z.regex(/^[1-9]\d{0,9}$/, 'expected a stream id')), Offset)
  .check(z.refine((offsets) => Object.keys(offsets).length <= 1024, 'expected at most 1024 streams'));

/** host → guest. Repeated until a welcome carries the same session nonce. */
export const Hello = z.looseObject({
  protocol: z.object({ min: Version, max: Version }),
  /** Chosen at random by the host for each session; the same nonce again is a repetition, not a new session. */
  session: Nonce,
  features: Features,
  /** Events up to this sequence number have been taken by the host. */
  acknowledged: z._default(z.int().check(z.minimum(0)), 0),
  /** Of the guest's streams: what the host has taken. The guest sends on from there, as far as it has kept it. */
  streams: z._default(StreamOffsets, () => ({})),
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
  /** Of the host's streams that are open: what has arrived. The host sends on from there. */
  streams: z._default(StreamOffsets, () => ({})),
});
export type Welcome = z.infer<typeof Welcome>;

/** guest → host: the hello could not be answered. */
export const Refuse = z.looseObject({
  /** The nonce of the hello, when it had a readable one. A refusal without it, or with another, is not for this host. */
  session: z.optional(Nonce),
  code: z.enum(['version', 'bad-hello']),
  message: ShortText,
  protocol: z.object({ min: Version, max: Version }),
});
export type Refuse = z.infer<typeof Refuse>;

/** What a failed system call says of itself in an error reply. */
export const FailedOperation = z.looseObject({
  /** The system call or plan operation, e.g. `execve`. */
  operation: ShortText,
  /** Its name, e.g. `ENOENT`. */
  errno: ShortText,
});
export type FailedOperation = z.infer<typeof FailedOperation>;

/** guest → host. */
export const Response = z.union([
  z.object({ id: z.int(), ok: z.literal(true), result: z.optional(z.unknown()) }),
  z.object({
    id: z.int(),
    ok: z.literal(false),
    error: z.looseObject({
      code: z.enum(errorReplyCodes),
      message: ShortText,
      /** With code `failed`, when one operation is to blame. */
      failed: z.optional(FailedOperation),
      /** Of an exec that did not come to its program: 125, 126 or 127, as docker-exec(1) has them. */
      exitCode: z.optional(z.int()),
    }),
  }),
]);
export type Response = z.infer<typeof Response>;
