import { FirstbornError } from '../../protocol/errors.ts';
import type { WorkloadOptions } from '../launch/launch-config.ts';
import type { MachineSettings } from '../launch/machine-settings.ts';
import { workloadOfRuntime } from '../launch/runtime-workload.ts';
import type { RuntimeSource } from '../preparation/runtime-source.ts';
import type { CommandContext } from './command.ts';
import type { CommandWords } from './option-parser.ts';
import { readImageChoice } from './runtime-options.ts';
import { readMachineSettings, readWorkload } from './workload-settings.ts';

/** What `firstborn build` was asked for. */
export interface BuildOptions {
  image: string;
  runtime: RuntimeSource | undefined;
  outDir: string;
  workload: WorkloadOptions;
  settings: MachineSettings;
  quiet: boolean;
}

/** Reads the words after `build`. Throws a FirstbornError, mostly `usage`. */
export async function readBuildOptions(
  { options, operands, rest }: CommandWords,
  context: Pick<CommandContext, 'architecture' | 'environment'>,
): Promise<BuildOptions> {
  const [, extra] = operands;
  const { image, runtime } = await readImageChoice('build', options, { operands, command: rest });
  if (extra !== undefined) {
    throw new FirstbornError('usage', `Cannot take the word "${extra}": a COMMAND comes after "--"`);
  }
  const outDir = options.last('output');
  if (outDir === undefined || outDir === '') {
    throw new FirstbornError('usage', 'Cannot build without -o DIR');
  }
  const workload = await readWorkload(options, rest, context.environment);
  return {
    image,
    runtime,
    outDir,
    settings: readMachineSettings(options, context.architecture),
    workload: runtime === undefined ? workload : workloadOfRuntime(workload, runtime.spec),
    quiet: options.has('quiet'),
  };
}
