import * as z from 'zod/mini';
import { type CapabilityName, capabilityNames } from '../capability-names.ts';
import { capabilitySets, rlimitTypes, type SpecCapabilities, type SpecRlimit } from '../runtime-spec.ts';
import { maxAdditionalGroups, maxSmallList, maxWords } from './bounds.ts';
import { isCpuList } from './cpu-list.ts';
import { absolutePath, optionalText, text, uint64, userId, wholeNumber } from './scalars.ts';
import { distinct, list, type Refuse, specObject } from './structures.ts';

const infinity = -1;

export function environment() {
  const variable = text().check(z.refine((value) => /^[^=]+=/.test(value), 'expected NAME=value'));
  return list(variable, maxWords);
}

function words() {
  return list(text(), maxWords, ([program], refuse) => {
    if (program === undefined) refuse([], 'expected a program');
    if (program === '') refuse([0], 'expected a program');
  });
}

/** Up to 2^64 - 1, which is "no limit"; so is all that a double can't tell from it, and -1, as we write it ourselves. */
function rlimitValue() {
  const value = wholeNumber(infinity, 2 ** 64, 'a whole number of 64 bits');
  return value.check(z.overwrite((number) => (number >= 2 ** 63 ? infinity : number)));
}

function softWithinHard({ soft, hard }: SpecRlimit, refuse: Refuse): void {
  const within = hard === infinity || (soft !== infinity && soft <= hard);
  if (!within) refuse(['soft'], 'expected no more than "hard"');
}

function rlimits() {
  const rlimit = specObject(
    { type: z.enum(rlimitTypes), soft: rlimitValue(), hard: rlimitValue() },
    softWithinHard,
  );
  return list(
    rlimit,
    maxSmallList,
    distinct<SpecRlimit>(({ type }) => type, 'type'),
  );
}

function capabilities() {
  const name = text(64).check(
    z.refine((value) => /^CAP_[A-Z0-9_]+$/.test(value), 'expected a name such as "CAP_NET_RAW"'),
  );
  const set = z.optional(list(name, maxSmallList));
  return specObject({ bounding: set, effective: set, permitted: set, inheritable: set, ambient: set });
}

function isKnown(name: string): name is CapabilityName {
  return (capabilityNames as readonly string[]).includes(name);
}

/** The spec wants a warning for a capability that can't be granted, no error: it is kept apart. */
function sortCapabilities(named: z.output<ReturnType<typeof capabilities>>): {
  capabilities: SpecCapabilities;
  unknown: string[];
} {
  const sorted: SpecCapabilities = {};
  const unknown = new Set<string>();
  for (const set of capabilitySets) {
    const names = named[set];
    if (names !== undefined) sorted[set] = names.filter(isKnown);
    for (const name of names ?? []) if (!isKnown(name)) unknown.add(name);
  }
  return { capabilities: sorted, unknown: [...unknown] };
}

function scheduler() {
  const flags = [
    'SCHED_FLAG_RESET_ON_FORK',
    'SCHED_FLAG_RECLAIM',
    'SCHED_FLAG_DL_OVERRUN',
    'SCHED_FLAG_KEEP_POLICY',
    'SCHED_FLAG_KEEP_PARAMS',
    'SCHED_FLAG_UTIL_CLAMP_MIN',
    'SCHED_FLAG_UTIL_CLAMP_MAX',
  ];
  return specObject({
    policy: z.enum([
      'SCHED_OTHER',
      'SCHED_FIFO',
      'SCHED_RR',
      'SCHED_BATCH',
      'SCHED_ISO',
      'SCHED_IDLE',
      'SCHED_DEADLINE',
    ]),
    nice: z.optional(wholeNumber(-20, 19)),
    priority: z.optional(wholeNumber(0, 99)),
    flags: z.optional(list(z.enum(flags), maxSmallList)),
    runtime: z.optional(uint64()),
    deadline: z.optional(uint64()),
    period: z.optional(uint64()),
  });
}

function user() {
  return specObject({
    uid: userId(),
    gid: userId(),
    umask: z.optional(wholeNumber(0, 0o777)),
    additionalGids: z.optional(list(userId(), maxAdditionalGroups)),
  });
}

export function cpuList() {
  return optionalText(text().check(z.refine(isCpuList, 'expected a list of numbers such as "0-3,7"')));
}

export function containerProcess() {
  const described = specObject({
    terminal: z.optional(z.boolean()),
    consoleSize: z.optional(specObject({ height: wholeNumber(0, 0xffff), width: wholeNumber(0, 0xffff) })),
    cwd: absolutePath(),
    env: z.optional(environment()),
    args: z.optional(words()),
    user: user(),
    capabilities: z.optional(capabilities()),
    rlimits: z.optional(rlimits()),
    noNewPrivileges: z.optional(z.boolean()),
    oomScoreAdj: z.optional(wholeNumber(-1000, 1000)),
    ioPriority: z.optional(
      specObject({
        class: z.enum(['IOPRIO_CLASS_RT', 'IOPRIO_CLASS_BE', 'IOPRIO_CLASS_IDLE']),
        priority: z._default(wholeNumber(0, 7), 0),
      }),
    ),
    scheduler: z.optional(scheduler()),
    execCPUAffinity: z.optional(specObject({ initial: cpuList(), final: cpuList() })),
    apparmorProfile: optionalText(text()),
    selinuxLabel: optionalText(text()),
  });
  return z.pipe(
    described,
    z.transform(({ capabilities: named, ...rest }) => {
      if (named === undefined) return rest;
      const { capabilities: known, unknown } = sortCapabilities(named);
      const sorted = { ...rest, capabilities: known };
      return unknown.length === 0 ? sorted : { ...sorted, unknownCapabilities: unknown };
    }),
  );
}
