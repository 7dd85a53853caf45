import * as z from 'zod/mini';
import { maxListEntries } from './limits.ts';

const Strings = z.array(z.string()).check(z.maxLength(maxListEntries));
/** Go writes an absent list or map as `null`. */
const OptionalStrings = z.optional(z.nullable(Strings));
const OptionalNumber = z.optional(z.nullable(z.number()));
const OptionalSet = z.optional(z.nullable(z.record(z.string(), z.unknown())));

/**
 * The part of an OCI image configuration that Firstborn reads (image-spec, config.md). Loose: images carry
 * keys of their builders, and the specification tells readers to ignore what they do not know.
 */
export const ImageConfig = z.looseObject({
  architecture: z.optional(z.string()),
  os: z.optional(z.string()),
  variant: z.optional(z.string()),
  'os.version': z.optional(z.nullable(z.string())),
  'os.features': OptionalStrings,
  author: z.optional(z.nullable(z.string())),
  created: z.optional(z.nullable(z.string())),
  config: z.optional(
    z.nullable(
      z.looseObject({
        User: z.optional(z.nullable(z.string())),
        Env: OptionalStrings,
        Entrypoint: OptionalStrings,
        Cmd: OptionalStrings,
        WorkingDir: z.optional(z.nullable(z.string())),
        StopSignal: z.optional(z.nullable(z.string())),
        Healthcheck: z.optional(
          z.nullable(
            z.looseObject({
              Test: OptionalStrings,
              /** Times are nanoseconds. */
              Interval: OptionalNumber,
              Timeout: OptionalNumber,
              StartPeriod: OptionalNumber,
              StartInterval: OptionalNumber,
              Retries: OptionalNumber,
            }),
          ),
        ),
        /** Of `Healthcheck` in its form `CMD-SHELL`. */
        Shell: OptionalStrings,
        Volumes: OptionalSet,
        ExposedPorts: OptionalSet,
        Labels: z.optional(z.nullable(z.record(z.string(), z.string()))),
      }),
    ),
  ),
  rootfs: z.optional(z.looseObject({ type: z.string(), diff_ids: Strings })),
});
export type ImageConfig = z.infer<typeof ImageConfig>;
