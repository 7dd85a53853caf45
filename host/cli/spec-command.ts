import { FirstbornError } from '../../protocol/errors.ts';
import { formatExactJson } from '../../protocol/oci/exact-json.ts';
import { imageSpec } from '../preparation/image-spec.ts';
import type { Command, CommandContext } from './command.ts';
import { imagesText } from './help.ts';
import { readMounts } from './mount-words.ts';
import type { CommandWords } from './option-parser.ts';
import { specSpecs } from './option-specs.ts';
import { runInOrder } from './run-in-order.ts';
import { terminalSize } from './terminal-size.ts';
import { readWorkload } from './workload-settings.ts';

export const specCommand: Command = {
  name: 'spec',
  summary: 'Print the OCI configuration that a machine makes of an image',
  synopsis: '[options] IMAGE [COMMAND ARG...]',
  description: `Prints the config.json (OCI runtime specification) that run with the same options makes of IMAGE, with
users resolved by the image's own files. Changed, it can be run with 'firstborn run --config FILE IMAGE'. Options
end at IMAGE.

${imagesText}`,
  notes: 'Exit code: 0; 125 it could not be made; 128+n when signal n interrupted it.',
  specs: specSpecs,
  stopAtOperand: true,
  run,
};

async function run(
  { options, operands, rest }: CommandWords,
  { architecture, environment }: CommandContext,
): Promise<number> {
  const [image] = operands;
  if (image === undefined || image === '')
    throw new FirstbornError('usage', 'Cannot do that without an IMAGE');
  const workload = await readWorkload(options, rest, environment);
  const terminal = options.has('tty') ? terminalSize() : undefined;
  const mounts = readMounts(options, process.cwd());
  const request = { image, workload: { ...workload, terminal }, mounts, architecture };
  return await runInOrder(async (signal) => {
    process.stdout.write(formatExactJson(await imageSpec(request, signal)));
  });
}
