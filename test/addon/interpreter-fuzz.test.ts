import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { operations } from '../../addon/plan/operation-codes.ts';
import { everyOperation } from './support/every-operation.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
const addonDirectory = join(import.meta.dirname, '../../addon');
const rounds = 100_000;

describe('the validator under AddressSanitizer', () => {
  it('starts from a plan with every operation', () => {
    const names = everyOperation()
      .describe()
      .map(({ name }) => name);
    assert.deepEqual(names, Object.keys(operations));
  });

  it(`survives ${rounds} damaged plans`, () => {
    const program = join(scratch, 'fuzz');
    const planPath = join(scratch, 'plan');
    writeFileSync(planPath, everyOperation().bytes());
    const sources = [
      join(import.meta.dirname, 'interpreter_fuzz.cc'),
      join(addonDirectory, 'plan_validator.cc'),
    ];
    const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
    execFileSync('g++', ['-std=c++23', '-O1', '-Wall', '-Wextra', ...sanitizers, ...sources, '-o', program]);
    const output = execFileSync(program, [planPath, `${rounds}`], { encoding: 'utf8' });
    const [done, valid, touched] = output.trim().split(' ').map(Number);
    assert.equal(done, rounds);
    assert.equal(touched, 1);
    // Both sides must have been met: plans refused, and damaged plans that are plans again.
    assert.ok((valid as number) > rounds / 100 && (valid as number) < rounds / 2, output);
  });
});
