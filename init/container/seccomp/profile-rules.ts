import type { SpecSeccomp, SpecSyscall } from '../../../protocol/oci/runtime-spec.ts';
import { actionValue } from './actions.ts';
import { type Condition, readCondition } from './conditions.ts';
import { refuse } from './refuse.ts';

/** A rule that looks at arguments: the action holds when all conditions do. */
export interface ConditionalRule {
  action: number;
  conditions: Condition[];
}

/** All that a profile says of one syscall. Neither of both: it is named, and the default action holds. */
export interface CallRules {
  /** The action for any arguments. It outranks the rules that look at them. */
  always?: number | undefined;
  /** In the profile's order; the first that holds decides, and the default action if none does. */
  conditional: ConditionalRule[];
}

/**
 * The rules that an entry of the profile stands for, one for each list of conditions. Conditions on different arguments
 * must all hold. Where two look at the same argument, each is a rule of its own: runc does so, and profiles are
 * written for it.
 */
function readConditions({ args }: SpecSyscall, path: string): Condition[][] {
  const conditions = (args ?? []).map((argument, index) => readCondition(argument, `${path}.args[${index}]`));
  const indexes = new Set(conditions.map(({ index }) => index));
  return indexes.size === conditions.length ? [conditions] : conditions.map((condition) => [condition]);
}

/** What one entry of the profile says of each of its names. A rule that only repeats the default action is none. */
function rulesOf(entry: SpecSyscall, path: string, defaultAction: number): CallRules {
  const action = actionValue(entry.action, entry.errnoRet, {
    action: `${path}.action`,
    errnoRet: `${path}.errnoRet`,
  });
  const conditional = readConditions(entry, path).map((conditions) => ({ action, conditions }));
  if (action === defaultAction) return { conditional: [] };
  return entry.args === undefined || entry.args.length === 0
    ? { always: action, conditional: [] }
    : { conditional };
}

function checkNames(names: readonly string[], path: string): void {
  if (names.length === 0) refuse(path, 'expected a name');
  const empty = names.indexOf('');
  if (empty !== -1) refuse(`${path}[${empty}]`, 'expected a name, found ""');
}

/**
 * Sorts a profile by the names of its syscalls, in libseccomp's way: a rule that only repeats the default action is
 * none, and the first rule without conditions stands. Names of the same entry share their rules. Throws a
 * FirstbornError of code `config` with the path of a bad value.
 */
export function readRules(seccomp: SpecSeccomp, defaultAction: number): Map<string, CallRules> {
  const rules = new Map<string, CallRules>();
  /** Those that belong to one name alone and can grow. */
  const own = new Set<CallRules>();
  for (const [index, entry] of (seccomp.syscalls ?? []).entries()) {
    const path = `.syscalls[${index}]`;
    const added = rulesOf(entry, path, defaultAction);
    checkNames(entry.names, `${path}.names`);
    for (const name of entry.names) {
      const known = rules.get(name);
      if (known === undefined) {
        rules.set(name, added);
        continue;
      }
      const grown = own.has(known) ? known : { always: known.always, conditional: [...known.conditional] };
      grown.always ??= added.always;
      grown.conditional.push(...added.conditional);
      own.add(grown);
      rules.set(name, grown);
    }
  }
  return rules;
}
