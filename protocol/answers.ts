import * as z from 'zod/mini';
import { ShortText } from './fields.ts';
import { Features, Nonce, StreamOffsets, Version } from './hello.ts';
import { errorReplyCodes } from './requests.ts';

/** How the guest answers a hello and a request. Only the host reads these, so init's bundle is without them. */

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
