import * as z from 'zod/mini';
import { FirstbornError } from '../errors.ts';
import { Hostname } from '../launch-config.ts';
import { maxConfigFileBytes } from '../limits.ts';
import { parseWith } from '../parse.ts';
import { parseExactJson } from './exact-json.ts';
import type { RuntimeSpec } from './runtime-spec.ts';
import { maxAnnotations } from './schema/bounds.ts';
import { hooks } from './schema/hooks-schema.ts';
import { linux } from './schema/linux-schema.ts';
import { mounts } from './schema/mount-schema.ts';
import { containerProcess } from './schema/process-schema.ts';
import { optionalText, path } from './schema/scalars.ts';
import { map, presence, specObject } from './schema/structures.ts';

function ociVersion() {
  return z
    .string()
    .check(
      z.refine(
        (value) => /^1\.(0|[1-9]\d*)\.(0|[1-9]\d*)([-+][0-9A-Za-z.+-]+)?$/.test(value),
        'expected a version 1.x of the runtime specification, such as "1.2.0"',
      ),
    );
}

/** What the kernel holds of a name (uts_namespaces(7)), in characters that a terminal shows. */
function domainname() {
  return z
    .string()
    .check(z.refine((value) => /^[\x21-\x7e]{1,64}$/.test(value), 'expected 1 to 64 visible characters'));
}

function buildSchema() {
  const annotation = z.string().check(z.refine((key) => key !== '', 'expected a key'));
  return specObject({
    ociVersion: ociVersion(),
    root: z.optional(specObject({ path: path(), readonly: z.optional(z.boolean()) })),
    mounts: z.optional(mounts()),
    process: z.optional(containerProcess()),
    hostname: optionalText(Hostname),
    domainname: optionalText(domainname()),
    hooks: z.optional(hooks()),
    annotations: z.optional(map(annotation, z.string(), maxAnnotations)),
    linux: z.optional(linux()),
    windows: z.optional(presence()),
    solaris: z.optional(presence()),
    freebsd: z.optional(presence()),
    zos: z.optional(presence()),
    vm: z.optional(presence()),
  });
}

let schema: ReturnType<typeof buildSchema> | undefined;

/**
 * Reads what a config.json holds. `what` names it for messages. Properties that the spec does not know are passed
 * over, `null` and, for strings that may be missing, `""` count as absent. Numbers of the seccomp conditions above
 * 2^53 have to be bigint, since a rounded one would be another condition: `parseRuntimeSpecText` sees to that.
 * Throws a FirstbornError of code `config` with the path of every bad value (the first eight). Pure; the schema is
 * built by the first call.
 */
export function parseRuntimeSpec(value: unknown, what: string): RuntimeSpec {
  schema ??= buildSchema();
  return parseWith(schema, value, what);
}

/** Parses the text of a config.json of at most 1 MiB, then reads it as `parseRuntimeSpec` does. */
export function parseRuntimeSpecText(jsonText: string, what: string): RuntimeSpec {
  if (Buffer.byteLength(jsonText) > maxConfigFileBytes) {
    throw new FirstbornError('config', `Cannot accept ${what}: expected at most ${maxConfigFileBytes} bytes`);
  }
  return parseRuntimeSpec(parseExactJson(jsonText, what), what);
}
