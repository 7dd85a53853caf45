import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { buildStep, type BuildStep } from '../../../scripts/build-step.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

interface Copying {
  inputPath: string;
  outPath: string;
  step: BuildStep;
  runs: () => number;
}

/** A step that copies its one input. */
function copyingStep(context: TestContext): Copying {
  context.mock.method(process.stderr, 'write', () => true);
  const scratch = scratchDirectory(context);
  const inputPath = join(scratch, 'input');
  const outPath = join(scratch, 'output');
  writeFileSync(inputPath, 'one');
  let runs = 0;
  const step: BuildStep = {
    what: 'copying',
    outPath,
    inputs: [inputPath],
    run: () => {
      runs += 1;
      writeFileSync(outPath, readFileSync(inputPath).subarray(0, 100));
      return Promise.resolve();
    },
  };
  return { inputPath, outPath, step, runs: () => runs };
}

test('buildStep() runs once for the same inputs', async (context) => {
  const { step, runs, outPath } = copyingStep(context);
  await buildStep(step);
  await buildStep(step);
  assert.equal(runs(), 1);
  assert.equal(readFileSync(outPath, 'utf8'), 'one');
});

test('buildStep() runs again when the content of an input has changed', async (context) => {
  const { step, runs, inputPath, outPath } = copyingStep(context);
  await buildStep(step);
  writeFileSync(inputPath, 'two');
  await buildStep(step);
  assert.equal(runs(), 2);
  assert.equal(readFileSync(outPath, 'utf8'), 'two');
});

test('buildStep() does not mind a small input whose time alone has changed', async (context) => {
  const { step, runs, inputPath } = copyingStep(context);
  await buildStep(step);
  utimesSync(inputPath, 1, 1);
  await buildStep(step);
  assert.equal(runs(), 1);
});

test('buildStep() goes by size and time of a large input', async (context) => {
  const { step, runs, inputPath } = copyingStep(context);
  truncateSync(inputPath, 9 * 1024 * 1024);
  utimesSync(inputPath, 1, 1);
  await buildStep(step);
  await buildStep(step);
  assert.equal(runs(), 1);
  utimesSync(inputPath, 2, 2);
  await buildStep(step);
  assert.equal(runs(), 2);
});

test('buildStep() runs again when its output is gone or its inputs are others', async (context) => {
  const { step, runs, outPath, inputPath } = copyingStep(context);
  await buildStep(step);
  rmSync(outPath);
  await buildStep(step);
  assert.equal(runs(), 2);
  const second = `${inputPath}-2`;
  writeFileSync(second, '');
  await buildStep({ ...step, inputs: [inputPath, second] });
  assert.equal(runs(), 3);
});

test('buildStep() fails when an input is missing and makes nothing', async (context) => {
  const { step, runs, inputPath, outPath } = copyingStep(context);
  rmSync(inputPath);
  await assert.rejects(buildStep(step), { code: 'ENOENT' });
  assert.equal(runs(), 0);
  assert.equal(existsSync(outPath), false);
});
