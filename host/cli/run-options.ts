import { FirstbornError } from '../../protocol/errors.ts';
import type { WorkloadOptions } from '../launch/launch-config.ts';
import type { AcceleratorWish } from '../vm/accelerator.ts';
import type { Architecture } from '../vm/machine-description.ts';
import { GivenOptions, parseWords } from './option-parser.ts';
import { runSpecs } from './option-specs.ts';
import { readChoice, readSecondsMs, readText } from './option-values.ts';
import { type MachineSettings, readMachineSettings, readWorkload } from './workload-settings.ts';

/** setTimeout's longest time, 24.8 days. */
const maxTimeoutMs = 2 ** 31 - 1;

/** What `firstborn run` was asked for. */
export interface RunOptions {
  image: string;
  workload: WorkloadOptions;
  settings: MachineSettings;
  accelerator: AcceleratorWish;
  timeoutMs: number | undefined;
  /** The machine's directory stays after the run. */
  keep: boolean;
  /** A file for the console log, `-` for a copy on stderr. */
  console: string | undefined;
  summary: boolean;
}

/** What `run` gets to know beside its words. */
export interface CommandContext {
  architecture: Architecture;
  environment: NodeJS.ProcessEnv;
}

/** Reads the words after `run`; `help` when they ask for it. Throws a FirstbornError, mostly of code `usage`. */
export async function readRunOptions(
  words: readonly string[],
  context: CommandContext,
): Promise<RunOptions | 'help'> {
  const parsed = parseWords(words, runSpecs, { stopAtOperand: true });
  const options = new GivenOptions(parsed.given);
  if (options.has('help')) return 'help';
  const [image] = parsed.operands;
  if (image === undefined || image === '') throw new FirstbornError('usage', 'Cannot run without an IMAGE');
  const timeout = options.last('timeout');
  const console = options.last('console');
  return {
    image,
    settings: readMachineSettings(options, context.architecture),
    workload: await readWorkload(options, parsed.rest, context.environment),
    accelerator: readChoice('accel', options.last('accel') ?? 'auto', ['auto', 'kvm', 'tcg']),
    timeoutMs:
      timeout === undefined
        ? undefined
        : readSecondsMs('timeout', timeout, { minMs: 1, maxMs: maxTimeoutMs }),
    keep: options.lastOf(['rm', 'keep']) === 'keep',
    console:
      console === undefined ? undefined : readText('console', console, (text) => text !== '', 'a path'),
    summary: options.has('summary'),
  };
}
