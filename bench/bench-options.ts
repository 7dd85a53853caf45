import { parseArgs } from 'node:util';
import { describeError, FirstbornError } from '../protocol/errors.ts';

/** A number that can be changed on the command line: its default and what it means. */
export interface NumberOption {
  default: number;
  help: string;
}

export interface BenchWords<Name extends string> {
  /** What the bench is, in one line. */
  summary: string;
  options: Record<Name, NumberOption>;
}

export type BenchOptions<Name extends string> = Record<Name, number> & { json: boolean };

const maxOptionValue = 1_000_000;

/**
 * Reads a bench's words: `--json`, `--help` and whole numbers from 1 on. `undefined` when help was asked for.
 * Throws a FirstbornError of code `usage`.
 */
export function parseBenchOptions<Name extends string>(
  words: readonly string[],
  { options }: BenchWords<Name>,
): BenchOptions<Name> | undefined {
  const names = Object.keys(options) as Name[];
  const values = readWords(words, names);
  if (values['help'] === true) return undefined;
  const numbers = names.map((name) => [name, readNumber(name, values[name], options[name].default)]);
  return { ...(Object.fromEntries(numbers) as Record<Name, number>), json: values['json'] === true };
}

type WordValues = Partial<Record<string, unknown>>;

function readWords(words: readonly string[], names: readonly string[]): WordValues {
  const flags = ['json', 'help'].map((name) => [name, { type: 'boolean' as const }]);
  const numbers = names.map((name) => [name, { type: 'string' as const }]);
  try {
    return parseArgs({ args: [...words], options: Object.fromEntries([...flags, ...numbers]) }).values;
  } catch (cause) {
    throw new FirstbornError('usage', 'Cannot read the options', { cause });
  }
}

function readNumber(name: string, text: unknown, absent: number): number {
  if (typeof text !== 'string') return absent;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= maxOptionValue) return value;
  throw new FirstbornError(
    'usage',
    `Cannot take "${text}" for --${name}: expected a whole number from 1 to ${maxOptionValue}`,
  );
}

function helpText({ summary, options }: BenchWords<string>): string {
  const lines = Object.entries(options).map(
    ([name, option]) => `  --${`${name} N`.padEnd(18)}${option.help} (${option.default})`,
  );
  return [summary, '', ...lines, `  --${'json'.padEnd(18)}print JSON in place of a table`, ''].join('\n');
}

/** Runs a bench from the command line: its options, its report on stdout, and 125 with one line when it fails. */
export async function runBench<Name extends string>(
  words: BenchWords<Name>,
  measure: (options: BenchOptions<Name>) => Promise<{ json: unknown; text: string }>,
): Promise<void> {
  try {
    const options = parseBenchOptions(process.argv.slice(2), words);
    if (options === undefined) {
      process.stdout.write(helpText(words));
      return;
    }
    const { json, text } = await measure(options);
    process.stdout.write(options.json ? `${JSON.stringify(json, undefined, 2)}\n` : text);
  } catch (error) {
    process.stderr.write(`firstborn: ${describeError(error)}\n`);
    process.exitCode = 125;
  }
}
