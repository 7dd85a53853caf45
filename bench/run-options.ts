import { parseArgs } from 'node:util';
import { FirstbornError } from '../protocol/errors.ts';
import type { Bench } from './bench.ts';

export interface RunOptions {
  /** In the order in which they run. */
  benches: Bench[];
  json: boolean;
  quick: boolean;
  /** Whether the results become those that later ones are compared with. */
  keep: boolean;
}

const flags = {
  json: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Words = ReturnType<typeof parseArgs<{ options: typeof flags; allowPositionals: true }>>;

function readWords(words: readonly string[]): Words {
  try {
    return parseArgs({ args: [...words], options: flags, allowPositionals: true });
  } catch (cause) {
    throw new FirstbornError('usage', 'Cannot read the options', { cause });
  }
}

/**
 * Reads the words of `npm run bench`. `undefined` when help was asked for. Throws a FirstbornError of code `usage` for
 * a bench that is not there, and for a result that is to be kept of less than a whole run.
 */
export function parseRunOptions(words: readonly string[], known: readonly Bench[]): RunOptions | undefined {
  const { values, positionals } = readWords(words);
  if (values.help) return undefined;
  for (const name of positionals) {
    if (known.some((bench) => bench.name === name)) continue;
    const names = known.map((bench) => bench.name).join(', ');
    throw new FirstbornError('usage', `Cannot run the bench "${name}": expected ${names}`);
  }
  if (values.keep && values.quick)
    throw new FirstbornError('usage', 'Cannot keep the results of a quick run: it leaves too much out');
  const chosen =
    positionals.length === 0 ? [...known] : known.filter(({ name }) => positionals.includes(name));
  return { benches: chosen, json: values.json, quick: values.quick, keep: values.keep };
}

/** What `--help` prints. Pure. */
export function runHelp(known: readonly Bench[]): string {
  const width = Math.max(...known.map(({ name }) => name.length)) + 2;
  const lines = known.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`);
  return [
    'Usage: npm run bench -- [NAME...] [--quick] [--json] [--keep]',
    '',
    ...lines,
    '',
    '  --quick  a tenth of the work, for a look',
    '  --json   every figure with its unit and method, in place of tables',
    '  --keep   makes the results those that later ones are compared with (bench/results/)',
    '',
  ].join('\n');
}
