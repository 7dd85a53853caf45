import * as z from 'zod/mini';
import { parseWith } from '../../protocol/parse.ts';
import type { CapabilityName } from '../../protocol/oci/capability-names.ts';
import { parseSeccomp } from '../../protocol/oci/seccomp-profile.ts';
import type { SpecSeccomp } from '../../protocol/oci/runtime-spec.ts';
import type { Architecture } from '../vm/machine-description.ts';

/** For whom a rule is; what is absent is for all. Every guest's kernel is newer than any `minKernel` in use. */
const Condition = z.optional(
  z.nullable(
    z.looseObject({
      caps: z.optional(z.nullable(z.array(z.string()))),
      arches: z.optional(z.nullable(z.array(z.string()))),
      minKernel: z.optional(z.string()),
    }),
  ),
);
type Condition = z.infer<typeof Condition>;

const Rule = z.looseObject({
  /** Of old profiles. */
  name: z.optional(z.string()),
  names: z.optional(z.nullable(z.array(z.string()))),
  includes: Condition,
  excludes: Condition,
});

/**
 * A profile as docker-run(1) takes it: the runtime-spec's form, to which Docker adds rules that depend on the
 * container (`includes`, `excludes`) and the architectures that go with the machine's (`archMap`).
 */
const DockerProfile = z.looseObject({
  archMap: z.optional(
    z.nullable(
      z.array(
        z.looseObject({
          architecture: z.string(),
          subArchitectures: z.optional(z.nullable(z.array(z.string()))),
        }),
      ),
    ),
  ),
  architectures: z.optional(z.nullable(z.array(z.string()))),
  syscalls: z.optional(z.nullable(z.array(Rule).check(z.maxLength(4096)))),
});

/** What a profile depends on. */
export interface ProfileSubject {
  architecture: Architecture;
  /** The bounding set of the container. */
  capabilities: readonly CapabilityName[];
}

/** The machine in the words of Go and of libseccomp. */
const machineNames: Record<Architecture, { go: string; seccomp: string }> = {
  x86_64: { go: 'amd64', seccomp: 'SCMP_ARCH_X86_64' },
  aarch64: { go: 'arm64', seccomp: 'SCMP_ARCH_AARCH64' },
};

const has = (capabilities: readonly string[], name: string): boolean => capabilities.includes(name);

function isIncluded(condition: Condition, { architecture, capabilities }: ProfileSubject): boolean {
  const { arches, caps } = condition ?? {};
  const { go } = machineNames[architecture];
  return (
    (arches == null || arches.length === 0 || arches.includes(go)) &&
    (caps ?? []).every((name) => has(capabilities, name))
  );
}

function isExcluded(condition: Condition, { architecture, capabilities }: ProfileSubject): boolean {
  const { arches, caps, minKernel } = condition ?? {};
  const { go } = machineNames[architecture];
  return (
    (arches ?? []).includes(go) ||
    (caps ?? []).some((name) => has(capabilities, name)) ||
    (minKernel !== undefined && minKernel !== '')
  );
}

/**
 * Reads a parsed seccomp profile, in Docker's form or the runtime-spec's, for one container. `what` names it. Pure.
 * Throws a FirstbornError of code `config`.
 */
export function readSeccompProfile(value: unknown, what: string, subject: ProfileSubject): SpecSeccomp {
  const { archMap, architectures, syscalls, ...rest } = parseWith(DockerProfile, value, what);
  const own = archMap?.find(
    ({ architecture }) => architecture === machineNames[subject.architecture].seccomp,
  );
  const named = own === undefined ? architectures : [own.architecture, ...(own.subArchitectures ?? [])];
  const rules = (syscalls ?? [])
    .filter((rule) => isIncluded(rule.includes, subject) && !isExcluded(rule.excludes, subject))
    .map(({ name, names, includes: _includes, excludes: _excludes, ...rule }) => ({
      ...rule,
      names: names ?? (name === undefined ? [] : [name]),
    }));
  return parseSeccomp({ ...rest, ...(named == null ? {} : { architectures: named }), syscalls: rules }, what);
}
