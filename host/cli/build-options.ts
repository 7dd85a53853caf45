import { FirstbornError } from '../../protocol/errors.ts';
import type { WorkloadOptions } from '../launch/launch-config.ts';
import { GivenOptions, parseWords } from './option-parser.ts';
import { buildSpecs } from './option-specs.ts';
import type { CommandContext } from './run-options.ts';
import { type MachineSettings, readMachineSettings, readWorkload } from './workload-settings.ts';

/** What `firstborn build` was asked for. */
export interface BuildOptions {
  image: string;
  outDir: string;
  workload: WorkloadOptions;
  settings: MachineSettings;
}

/** Reads the words after `build`; `help` when they ask for it. Throws a FirstbornError, mostly `usage`. */
export async function readBuildOptions(
  words: readonly string[],
  context: CommandContext,
): Promise<BuildOptions | 'help'> {
  const parsed = parseWords(words, buildSpecs, { stopAtOperand: false });
  const options = new GivenOptions(parsed.given);
  if (options.has('help')) return 'help';
  const [image, extra] = parsed.operands;
  if (image === undefined || image === '') throw new FirstbornError('usage', 'Cannot build without an IMAGE');
  if (extra !== undefined) {
    throw new FirstbornError('usage', `Cannot take the word "${extra}": a COMMAND comes after "--"`);
  }
  const outDir = options.last('output');
  if (outDir === undefined || outDir === '') {
    throw new FirstbornError('usage', 'Cannot build without -o DIR');
  }
  return {
    image,
    outDir,
    settings: readMachineSettings(options, context.architecture),
    workload: await readWorkload(options, parsed.rest, context.environment),
  };
}
