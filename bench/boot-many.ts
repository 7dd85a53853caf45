/**
 * Boots one machine after the other and says how many ran their workload to its end, and how long they took. A board or a
 * kernel that hangs once in a hundred boots is found by nothing else.
 */
import { parseArgs } from 'node:util';
import { describeError, FirstbornError } from '../protocol/errors.ts';
import { runFirstborn, type RunResult } from '../test/support/run-firstborn.ts';
import { busybox } from '../test/support/test-images.ts';
import { type Summary, summarize } from './statistics.ts';

const help = `Boots machines in a row; the rest of the words are options of "firstborn run".

  --boots N    how many (100)
  --           before the options, e.g. -- --kernel microvm --machine microvm
`;

interface BootFailure {
  boot: number;
  code: number | null;
  stderr: string;
  consoleEnd: string;
}

/** The exit code that boot number `boot` asks its workload for: any but 0 is proof that the workload ran. */
const wantedCode = (boot: number): number => 1 + (boot % 100);

function failureOf(boot: number, { code, stdout, stderr, console }: RunResult): BootFailure | undefined {
  const isGood = code === wantedCode(boot) && stdout.toString() === `boot ${boot}\n`;
  if (isGood && !console.includes('Kernel panic')) return undefined;
  return { boot, code, stderr: stderr.slice(-1000), consoleEnd: console.slice(-2000) };
}

async function bootMany(boots: number, options: readonly string[]): Promise<BootFailure[]> {
  const failures: BootFailure[] = [];
  const durationsMs: number[] = [];
  for (let boot = 1; boot <= boots; boot += 1) {
    const startMs = performance.now();
    const script = `echo boot ${boot}; exit ${wantedCode(boot)}`;
    const failure = failureOf(boot, await runFirstborn([...options, busybox, 'sh', '-c', script]));
    durationsMs.push(performance.now() - startMs);
    if (failure !== undefined) {
      failures.push(failure);
      process.stdout.write(`boot ${boot} failed: ${JSON.stringify(failure, undefined, 2)}\n`);
    }
    if (boot % 10 === 0) process.stderr.write(`firstborn: ${boot} of ${boots} boots\n`);
  }
  process.stdout.write(
    `${boots - failures.length} of ${boots} boots succeeded; ${inSeconds(summarize(durationsMs))}\n`,
  );
  return failures;
}

function inSeconds({ median, lowest, highest }: Summary): string {
  const [middle, least, most] = [median, lowest, highest].map((ms) => (ms / 1000).toFixed(1));
  return `${middle} s in the median, ${least} to ${most} s`;
}

function readWords(words: string[]): { boots: number; options: string[] } | undefined {
  const { values, positionals } = parseArgs({
    args: words,
    options: { boots: { type: 'string', default: '100' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help === true) return undefined;
  if (/^[1-9]\d{0,5}$/.test(values.boots)) return { boots: Number(values.boots), options: positionals };
  throw new FirstbornError('usage', `Cannot boot "${values.boots}" times: expected a number from 1 on`);
}

try {
  const words = readWords(process.argv.slice(2));
  if (words === undefined) process.stdout.write(help);
  else if ((await bootMany(words.boots, words.options)).length > 0) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`firstborn: ${describeError(error)}\n`);
  process.exitCode = 125;
}
