/** The long search over plans: `node test/fuzz/fuzz-plans.ts SECONDS`. Exit code 1 when something is found. */
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { PlanFuzzer } from './plan-fuzzer.ts';

const [, , word = ''] = process.argv;
const seconds = Number(word);
if (!Number.isSafeInteger(seconds) || seconds <= 0) {
  console.error(`firstborn: cannot fuzz for "${word}": expected a number of seconds`);
  process.exit(125);
}

const fuzzer = await PlanFuzzer.prepare();
const replayed = await fuzzer.replay();
if (replayed.exitCode !== 0) process.stderr.write(replayed.output);
const searched =
  replayed.exitCode === 0 ? await fuzzer.searchLong(seconds, availableParallelism()) : replayed;
if (searched.exitCode !== 0) {
  console.error(
    'firstborn: the fuzzer found something; the line "Test unit written to" above names the input',
  );
  process.exitCode = 1;
}
