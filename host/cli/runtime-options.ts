import { FirstbornError } from '../../protocol/errors.ts';
import { readRuntimeSource, type RuntimeSource } from '../preparation/runtime-source.ts';
import { containerSpecs, limitSpecs } from './container-specs.ts';
import type { GivenOptions } from './option-parser.ts';
import { environmentSpecs } from './option-specs.ts';

/** What is to be run: an image, a bundle, or an image with a configuration of its own. */
export interface ImageChoice {
  /** The image, or the bundle in its place. */
  image: string;
  bundle: string | undefined;
  config: string | undefined;
  /** What the bundle or the configuration says, checked. */
  runtime: RuntimeSource | undefined;
}

/** Options about what a whole configuration says itself. */
const ownNames = [
  'entrypoint',
  'workdir',
  'user',
  'hostname',
  ...[...environmentSpecs, ...containerSpecs, ...limitSpecs].map(({ name }) => name),
];

/**
 * Reads IMAGE, `--bundle` and `--config`, and the configuration that they name. `verb` is what can't be done without
 * any. Throws a FirstbornError: of code `usage` for what does not go together, else what reading the configuration throws.
 */
export async function readImageChoice(
  verb: string,
  options: GivenOptions,
  { operands: [image], command }: { operands: readonly string[]; command: readonly string[] },
): Promise<ImageChoice> {
  const bundle = options.last('bundle');
  const config = options.last('config');
  if (bundle === '' || config === '') {
    throw new FirstbornError('usage', `Cannot ${verb} a ${bundle === '' ? 'bundle' : 'configuration'} ""`);
  }
  if (bundle !== undefined && config !== undefined) {
    throw new FirstbornError('usage', 'Cannot use --config with --bundle');
  }
  if (bundle !== undefined && image !== undefined) {
    throw new FirstbornError('usage', `Cannot take the word "${image}" with --bundle`);
  }
  const subject = bundle ?? image;
  if (subject === undefined || subject === '') {
    throw new FirstbornError('usage', `Cannot ${verb} without an IMAGE`);
  }
  const source = bundle === undefined ? config && 'config' : 'bundle';
  if (source !== undefined) refuseOwnNames(options, command, source);
  return { image: subject, bundle, config, runtime: await readRuntimeSource({ bundle, config }) };
}

function refuseOwnNames(options: GivenOptions, command: readonly string[], source: string): void {
  const given = ownNames.find((name) => options.has(name));
  if (given !== undefined) throw new FirstbornError('usage', `Cannot use --${given} with --${source}`);
  const [word] = command;
  if (word !== undefined) {
    throw new FirstbornError('usage', `Cannot take the word "${word}" with --${source}`);
  }
}

/**
 * Whether the workload has a terminal: as asked for, or as its configuration says. Throws a FirstbornError of code
 * `usage` where they contradict one another.
 */
export function readTerminalWish(options: GivenOptions, runtime: RuntimeSource | undefined): boolean {
  const isWanted = options.has('tty');
  if (runtime === undefined) return isWanted;
  const hasTerminal = runtime.spec.process?.terminal === true;
  if (!isWanted || hasTerminal) return hasTerminal;
  throw new FirstbornError('usage', `Cannot use -t: "process.terminal" of "${runtime.path}" is not true`);
}
