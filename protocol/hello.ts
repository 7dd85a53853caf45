import * as z from 'zod/mini';
import { Offset } from './fields.ts';

export const Version = z.int().check(z.minimum(1), z.maximum(0xffff));
/** Chosen at random by the host for each session. */
export const Nonce = z.string().check(z.regex(/^[0-9a-f]{16,64}$/, 'expected 16 to 64 hex digits'));
export const Features = z.array(z.string().check(z.maxLength(64))).check(z.maxLength(64));

/** Stream id to offset; only streams about which there is something to say. */
export const StreamOffsets = z
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
