/** `npm run bench`: runs benches one after the other and prints what they have found. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError } from '../protocol/errors.ts';
import type { Bench } from './bench.ts';
import { benches } from './benches.ts';
import { describeThisMachine, formatMachine } from './machine-description.ts';
import type { BenchMachineDescription, BenchResult } from './result.ts';
import { parseRunOptions, runHelp, type RunOptions } from './run-options.ts';

const resultsDir = join(import.meta.dirname, 'results');

const toJson = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

async function runOne(
  bench: Bench,
  { quick, json, keep }: RunOptions,
  machine: BenchMachineDescription,
): Promise<BenchResult> {
  say(`${bench.name}: ${bench.summary}`);
  const startMs = performance.now();
  const { figures, text, method } = await bench.run({ quick, onProgress: say });
  say(`${bench.name} has taken ${Math.round((performance.now() - startMs) / 1000)} s`);
  const result: BenchResult = { bench: bench.name, quick, method, machine, figures };
  if (!json) process.stdout.write(`${bench.name}: ${bench.summary}\n\n${text}\n${method}\n\n`);
  if (keep) {
    await mkdir(resultsDir, { recursive: true });
    await writeFile(join(resultsDir, `${bench.name}.json`), toJson(result));
  }
  return result;
}

async function main(): Promise<void> {
  const options = parseRunOptions(process.argv.slice(2), benches);
  if (options === undefined) {
    process.stdout.write(runHelp(benches));
    return;
  }
  const machine = await describeThisMachine();
  if (!options.json) process.stdout.write(`${formatMachine(machine)}\n\n`);
  const results: BenchResult[] = [];
  for (const bench of options.benches) results.push(await runOne(bench, options, machine));
  if (options.json) process.stdout.write(toJson(results));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`firstborn: ${describeError(error)}\n`);
  process.exitCode = 125;
}
