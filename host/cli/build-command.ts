import { constants } from 'node:os';
import { artefacts } from '../artefacts.ts';
import { type BuiltFile, buildImage } from '../preparation/build-image.ts';
import { stateDirectory } from '../state-directory.ts';
import { exitCodes } from '../../protocol/names.ts';
import { readBuildOptions } from './build-options.ts';
import { buildHelp } from './help.ts';
import type { CommandContext } from './run-options.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `firstborn build`: leaves the files in a directory and prints what they are. Returns the exit code. */
export async function buildCommand(words: readonly string[], context: CommandContext): Promise<number> {
  const options = await readBuildOptions(words, context);
  if (options === 'help') {
    process.stdout.write(buildHelp());
    return 0;
  }
  const abort = new AbortController();
  let interruptedBy: number | undefined;
  const interrupt = (signal: (typeof signals)[number]): void => {
    interruptedBy ??= constants.signals[signal];
    abort.abort();
  };
  for (const signal of signals) process.on(signal, interrupt);
  try {
    const files = await buildImage(
      { ...options, architecture: context.architecture },
      { state: stateDirectory(context.environment), artefacts: artefacts(context.environment) },
      abort.signal,
    );
    process.stdout.write(listFiles(files));
    return 0;
  } catch (error) {
    if (interruptedBy !== undefined) return exitCodes.signalBase + interruptedBy;
    throw error;
  } finally {
    for (const signal of signals) process.removeListener(signal, interrupt);
  }
}

function listFiles(files: readonly BuiltFile[]): string {
  const width = Math.max(...files.map(({ path }) => path.length));
  return files
    .map(({ path, sizeBytes }) => `${path.padEnd(width)}  ${String(sizeBytes).padStart(11)} bytes\n`)
    .join('');
}
