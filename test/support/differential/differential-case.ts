import type { RuntimeSpec } from '../../../protocol/oci/runtime-spec.ts';
import { baseSpec, changed, type WholeSpec } from './base-spec.ts';
import type { Facts } from './facts.ts';

/** One configuration that both runtimes run. */
export interface DifferentialCase {
  name: string;
  spec: RuntimeSpec;
  /** Where runc can't do what the specification says: it runs another configuration, and is told the rest. */
  substitute?: { spec: RuntimeSpec; facts: Facts; reason: string };
  /** Limits need controllers, which a machine may only have in its version 1 hierarchies. */
  needsControllers?: boolean;
  /** Files that hooks have left in the shared directory: another container reads them afterwards. */
  afterwards?: string[];
}

/** What it returns does not matter. */
export type Change = (spec: WholeSpec) => unknown;

/** A case that changes the base configuration. */
export function change(name: string, apply: Change, more: Partial<DifferentialCase> = {}): DifferentialCase {
  return { name, spec: changed(apply), ...more };
}

/** A case in which runc runs the base configuration as it is, and `facts` are what has to be different. */
export function beyondRunc(name: string, reason: string, apply: Change, facts: Facts): DifferentialCase {
  return { name, spec: changed(apply), substitute: { spec: baseSpec(), facts, reason } };
}

/** A case in which the probe is asked more. */
export function asking(
  name: string,
  words: readonly string[],
  apply: Change = () => {},
  more: Partial<DifferentialCase> = {},
): DifferentialCase {
  return change(
    name,
    (spec) => {
      spec.process.args.push(...words);
      apply(spec);
    },
    more,
  );
}
