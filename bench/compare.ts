/** `node bench/compare.ts OLD.json NEW.json`: ratios between two files of results, bench by bench. */
import { readFile } from 'node:fs/promises';
import { describeError, FirstbornError } from '../protocol/errors.ts';
import { formatComparedResults } from './comparison.ts';
import { formatMachine } from './machine-description.ts';
import { type BenchResult, parseResults } from './result.ts';

async function readResults(path: string): Promise<BenchResult[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new FirstbornError('host', `Cannot read the results "${path}"`, { cause });
  }
  return parseResults(text, path);
}

async function main(words: readonly string[]): Promise<string> {
  const [oldPath, newPath, ...rest] = words;
  if (oldPath === undefined || newPath === undefined || rest.length > 0)
    throw new FirstbornError('usage', 'Cannot compare: expected the names of two files of results');
  const [before, after] = await Promise.all([readResults(oldPath), readResults(newPath)]);
  const parts = after.flatMap((result) => {
    const old = before.find(({ bench }) => bench === result.bench);
    if (old === undefined) return [];
    const machines = [`before: ${formatMachine(old.machine)}`, `after:  ${formatMachine(result.machine)}`];
    return [[...machines, '', formatComparedResults(old, result)].join('\n')];
  });
  if (parts.length === 0)
    throw new FirstbornError(
      'usage',
      `Cannot compare "${oldPath}" with "${newPath}": they have no bench in common`,
    );
  return parts.join('\n');
}

try {
  process.stdout.write(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`firstborn: ${describeError(error)}\n`);
  process.exitCode = 125;
}
