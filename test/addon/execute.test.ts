import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { maxListEntries } from '../../addon/plan/limits.ts';
import { runChild } from './support/child.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
const at = (name: string): string => join(scratch, name);

function file(name: string, content: string, mode: number): string {
  writeFileSync(at(name), content);
  chmodSync(at(name), mode);
  return at(name);
}

const missing = at('missing');
const belowFile = join(file('plain', 'text', 0o644), 'x');
const notExecutable = file('not-executable', '#!/bin/sh\necho wrong\n', 0o644);
const noFormat = file('no-format', 'neither ELF nor script\n', 0o755);
const noInterpreter = file('no-interpreter', '#!/nowhere/sh\n', 0o755);
const good = file('good', '#!/bin/sh\necho "$0 $@"; env\n', 0o755);
mkdirSync(at('directory'));

/** Runs the candidates with a small argv; gives what the program printed, or the errno's name. */
async function outcomeOf(candidates: string[]): Promise<string> {
  const { output, failure } = await runChild((plan) => plan.execute(candidates, ['name', 'x'], []));
  return failure?.code ?? output.split('\n')[0] ?? '';
}

describe('execute()', () => {
  it('hands over argv and environment as they are', async () => {
    const { output, handshake, exit } = await runChild((plan) => {
      plan.execute(['/usr/bin/printf'], ['any name', '%s|', 'a b', '', 'é'], []);
    });
    assert.equal(output, 'a b||é|');
    assert.deepEqual(handshake, { state: 'executed', warnings: [] });
    assert.deepEqual([exit.state, 'code' in exit && exit.code], ['exited', 0]);
    const environment = await runChild((plan) =>
      plan.execute(['/usr/bin/env'], ['env'], ['A=1', 'B=x=y', 'C=']),
    );
    assert.equal(environment.output, 'A=1\nB=x=y\nC=\n');
  });

  const rules: [string, string[], string][] = [
    ['runs the only candidate', [good], `${good} x`],
    ['goes on after ENOENT and ENOTDIR', [missing, belowFile, good], `${good} x`],
    ['goes on after EACCES', [notExecutable, at('directory'), good], `${good} x`],
    ['ends with ENOENT when nothing is found', [missing, belowFile], 'ENOENT'],
    ['remembers EACCES', [notExecutable, missing], 'EACCES'],
    ['takes a directory for EACCES', [at('directory')], 'EACCES'],
    ['stops at a file without a format', [noFormat, good], 'ENOEXEC'],
    ['goes on after a script without its interpreter', [noInterpreter, good], `${good} x`],
    ['takes a script without its interpreter for ENOENT', [noInterpreter], 'ENOENT'],
    ['stops at a path that is too long', ['x'.repeat(5000), good], 'ENAMETOOLONG'],
  ];
  for (const [what, candidates, expected] of rules) {
    it(what, async () => assert.equal(await outcomeOf(candidates), expected));
  }

  it('makes a failed child exit with 125', async () => {
    const { exit, handshake } = await runChild((plan) => plan.execute([missing], ['x'], []));
    assert.deepEqual(handshake, { state: 'failed', failure: { operation: 2, errno: 2 }, warnings: [] });
    assert.deepEqual([exit.state, 'code' in exit && exit.code], ['exited', 125]);
  });

  it('takes as many words and variables as the limit says', async () => {
    const words = ['sh', '-c', 'echo $#; env | grep -c ^V', ...Array<string>(maxListEntries - 3).fill('w')];
    const variables = Array.from({ length: maxListEntries }, (_, index) => `V${index}=${index}`);
    const { output } = await runChild((plan) => plan.execute(['/bin/sh'], words, variables));
    assert.equal(output, `${maxListEntries - 4}\n${maxListEntries}\n`, 'the first word after -c is $0');
  });

  it('reports an argument longer than the kernel takes', async () => {
    const { failure } = await runChild((plan) => plan.execute(['/bin/true'], ['x', 'y'.repeat(200_000)], []));
    assert.equal(failure?.code, 'E2BIG');
  });

  it('that is allowed to fail lets the plan go on', async () => {
    const { handshake, output } = await runChild((plan) => {
      plan.execute([missing], ['x'], [], { orWarn: true });
      plan.execute([missing], ['x'], [], { accept: ['ENOENT'] });
      plan.execute([good], ['x'], []);
    });
    assert.deepEqual(handshake, { state: 'executed', warnings: [{ operation: 2, errno: 2 }] });
    assert.match(output, /good/);
  });
});
