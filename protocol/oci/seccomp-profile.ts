import { parseExactJson } from './exact-json.ts';
import type { SpecSeccomp } from './runtime-spec.ts';
import { parseRuntimeSpec } from './runtime-spec-schema.ts';

/**
 * Checks a parsed seccomp profile of the runtime-spec's form. `what` names it for messages. Throws a FirstbornError of
 * code `config` with the path that each bad value would have in a whole configuration.
 */
export function parseSeccomp(value: unknown, what: string): SpecSeccomp {
  const spec = parseRuntimeSpec({ ociVersion: '1.2.0', linux: { seccomp: value } }, what);
  return spec.linux?.seccomp ?? parseSeccomp({}, what);
}

/** The same from the text of a file such as `seccomp.json` on the config disk. */
export function parseSeccompText(text: string, what: string): SpecSeccomp {
  return parseSeccomp(parseExactJson(text, what), what);
}
