import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { artefacts } from '../artefacts.ts';
import { type BuiltFile, buildImage } from '../preparation/build-image.ts';
import { stateDirectory } from '../state-directory.ts';
import { xlConfigName } from '../vm/xl-config.ts';
import { type BuildOptions, readBuildOptions } from './build-options.ts';
import type { Command, CommandContext } from './command.ts';
import { imagesText } from './help.ts';
import type { CommandWords } from './option-parser.ts';
import { buildSpecs } from './option-specs.ts';
import { ProgressLine } from './progress-line.ts';
import { runInOrder } from './run-in-order.ts';

export const buildCommand: Command = {
  name: 'build',
  summary: 'Leave disks and initramfs for another launcher',
  synopsis: '[options] IMAGE -o DIR [-- COMMAND ARG...]',
  description: `Leaves in DIR what any launcher needs to boot IMAGE: the root disk, the config disk, the initramfs,
the kernel, and machine.json, which says how they belong together. With --vmm xen a
configuration for xl(1) lies beside it, which is printed, too.

${imagesText}`,
  specs: buildSpecs,
  stopAtOperand: false,
  run,
};

/** Leaves the files in a directory and prints what they are. */
async function run(words: CommandWords, context: CommandContext): Promise<number> {
  const options = await readBuildOptions(words, context);
  return await runInOrder(async (signal) => {
    const files = await build(options, context, signal);
    process.stdout.write(listFiles(files));
    const configPath = files.find(({ path }) => basename(path) === xlConfigName)?.path;
    if (configPath !== undefined) process.stdout.write(`\n${await readFile(configPath, 'utf8')}`);
  });
}

async function build(
  options: BuildOptions,
  { architecture, environment }: CommandContext,
  signal: AbortSignal,
): Promise<BuiltFile[]> {
  using progress = options.quiet ? undefined : ProgressLine.on(process.stderr, environment);
  return await buildImage(
    { ...options, architecture },
    { state: stateDirectory(environment), artefacts: artefacts(environment) },
    { signal, onProgress: (report) => progress?.report(report) },
  );
}

function listFiles(files: readonly BuiltFile[]): string {
  const width = Math.max(...files.map(({ path }) => path.length));
  return files
    .map(({ path, sizeBytes }) => `${path.padEnd(width)}  ${String(sizeBytes).padStart(11)} bytes\n`)
    .join('');
}
