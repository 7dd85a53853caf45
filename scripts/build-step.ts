import { createHash } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';

/** One file made from others. */
export interface BuildStep {
  /** For the progress line, e.g. `stripping Node`. */
  what: string;
  outPath: string;
  inputs: string[];
  run: () => Promise<void>;
}

/**
 * Large inputs come from the package manager or from earlier steps: their size and time stand for their
 * bytes, so that a run with nothing to do takes no time over 150 MB of Node.
 */
const hashContentBelowBytes = 8 * 1024 * 1024;

async function hashInputs(inputs: string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of inputs) {
    const { size, mtimeMs } = await stat(path);
    hash.update(`${path}\0${size}\0`);
    if (size < hashContentBelowBytes) hash.update(await readFile(path));
    else hash.update(String(mtimeMs));
  }
  return hash.digest('hex');
}

/** Runs the step unless its output is there and was made from the same inputs. */
export async function buildStep(step: BuildStep): Promise<void> {
  const stampPath = `${step.outPath}.stamp`;
  const wanted = await hashInputs(step.inputs);
  const made = await readFile(stampPath, 'utf8').catch(() => '');
  const outputThere = await stat(step.outPath).then(
    () => true,
    () => false,
  );
  if (outputThere && made === wanted) return;
  process.stderr.write(`firstborn: ${step.what}\n`);
  // A run that fails half-way must not look like the one that the old stamp tells of.
  await rm(stampPath, { force: true });
  await step.run();
  await writeFile(stampPath, wanted);
}
