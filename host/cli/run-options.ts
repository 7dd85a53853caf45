import { FirstbornError } from '../../protocol/errors.ts';
import type { CreateRequest } from '../client/index.ts';
import type { WorkloadOptions } from '../launch/launch-config.ts';
import type { MachineSettings } from '../launch/machine-settings.ts';
import type { MountRequest } from '../launch/mounts.ts';
import type { PortRequest } from '../launch/port-option.ts';
import type { AcceleratorWish } from '../vm/accelerator.ts';
import type { CommandContext } from './command.ts';
import type { CommandWords, GivenOptions } from './option-parser.ts';
import { readMounts, readPorts } from './mount-words.ts';
import { readChoice, readSecondsMs, readText } from './option-values.ts';
import { type ImageChoice, readImageChoice, readTerminalWish } from './runtime-options.ts';
import { type KeepingOptions, readKeeping } from './run-keeping.ts';
import { defaultDetachKeys, readDetachKeys } from './terminal-keys.ts';
import { readMachineSettings, readWorkload } from './workload-settings.ts';

/** setTimeout's longest time, 24.8 days. */
const maxTimeoutMs = 2 ** 31 - 1;

/** What `firstborn run` was asked for. */
export interface RunOptions extends Omit<ImageChoice, 'runtime'> {
  workload: WorkloadOptions;
  settings: MachineSettings;
  accelerator: AcceleratorWish;
  mounts: readonly MountRequest[];
  ports: readonly PortRequest[];
  keeping: KeepingOptions;
  /** A terminal in place of pipes. */
  tty: boolean;
  detachKeys: Buffer;
  timeoutMs: number | undefined;
  /** A file for the console log, `-` for stderr. */
  console: string | undefined;
  summary: boolean;
  quiet: boolean;
}

/** Options that need somebody who stays until the machine has ended. */
const attendedOptions = ['timeout', 'console', 'summary'] as const;

/** Reads the words after `run`. Throws a FirstbornError, mostly of code `usage`. */
export async function readRunOptions(
  { options, operands, rest }: CommandWords,
  context: Pick<CommandContext, 'architecture' | 'environment'>,
): Promise<RunOptions> {
  const { runtime, ...choice } = await readImageChoice('run', options, { operands, command: rest });
  const keeping = readKeeping(options);
  if (keeping.isDetached) refuseAttended(options);
  const timeout = options.last('timeout');
  const console = options.last('console');
  const keys = options.last('detach-keys');
  const settings = readMachineSettings(options, context.architecture);
  return {
    ...choice,
    settings,
    workload: await readWorkload(options, rest, context.environment),
    accelerator: readChoice('accel', options.last('accel') ?? 'auto', ['auto', 'kvm', 'tcg']),
    mounts: readMounts(options, process.cwd()),
    ports: readPorts(options, settings),
    keeping,
    tty: readTerminalWish(options, runtime),
    detachKeys: keys === undefined ? defaultDetachKeys : readDetachKeys(keys),
    timeoutMs:
      timeout === undefined
        ? undefined
        : readSecondsMs('timeout', timeout, { minMs: 1, maxMs: maxTimeoutMs }),
    console:
      console === undefined ? undefined : readText('console', console, (text) => text !== '', 'a path'),
    summary: options.has('summary'),
    quiet: options.has('quiet'),
  };
}

function refuseAttended(options: GivenOptions): void {
  const given = attendedOptions.find((name) => options.has(name));
  if (given !== undefined) throw new FirstbornError('usage', `Cannot use --${given} with -d`);
}

/** The machine that was asked for. `terminal` is the size of its terminal, if it gets one. Pure. */
export function createRequest(options: RunOptions, terminal: WorkloadOptions['terminal']): CreateRequest {
  const { image, bundle, config, workload, settings, accelerator, mounts, ports, keeping } = options;
  return {
    ...(bundle === undefined ? { image } : { bundle }),
    ...(config === undefined ? {} : { config }),
    ...settings,
    accelerator,
    workload: { ...workload, terminal },
    mounts,
    ports,
    ...(keeping.name === undefined ? {} : { name: keeping.name }),
    restart: keeping.restart,
    autoRemove: keeping.autoRemove,
    // With -d somebody may attach later, more than once; else our input is all that there is.
    stdinOnce: !keeping.isDetached,
    labels: keeping.labels,
    log: keeping.log,
  };
}
