import { FirstbornError } from '../../protocol/errors.ts';
import { completeEnvironment, type FindHome } from './process-defaults.ts';
import type { RuntimeSpec, SpecProcess } from '../../protocol/oci/runtime-spec.ts';

/** A process with a program to execute. */
export type RunnableProcess = SpecProcess & { args: string[] };

/** A configuration that describes a process to run, as create and start need it. */
export type RunnableSpec = RuntimeSpec & { process: RunnableProcess };

/**
 * A configuration that somebody wrote, with what runc would add to its environment. Throws a FirstbornError of code
 * `config` when there is no program to run.
 */
export function completeSpec(spec: RuntimeSpec, findHome: FindHome): RunnableSpec {
  const runnable = runnableSpec(spec);
  return { ...runnable, process: completeEnvironment(runnable.process, findHome) };
}

/** Throws a FirstbornError of code `config` when there is no program to run. */
export function runnableSpec(spec: RuntimeSpec): RunnableSpec {
  const { process } = spec;
  const args = process?.args;
  if (process === undefined || args === undefined || args.length === 0)
    throw new FirstbornError('config', 'Cannot run the configuration: process.args: expected a program');
  return { ...spec, process: { ...process, args } };
}
