import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const main = join(import.meta.dirname, '../../../../host/cli/main.ts');

function firstborn(...words: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], { encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

describe('firstborn', () => {
  it('shows its version', () => {
    const { code, stdout, stderr } = firstborn('--version');
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^firstborn \d+\.\d+\.\d+\n$/);
  });

  for (const words of [
    ['--help'],
    ['-h'],
    ['help'],
    ['run', '--help'],
    ['help', 'run'],
    ['build', '-h'],
    ['help', 'build'],
  ]) {
    it(`shows help for "${words.join(' ')}"`, () => {
      const { code, stdout, stderr } = firstborn(...words);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /Usage:/);
    });
  }

  it('fails when its output can not be written', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [main, '--help'], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(full);
    assert.equal(status, 125);
    assert.match(stderr, /^firstborn: Cannot write to stdout: ENOSPC: .*\n$/);
  });

  for (const [words, line] of [
    [[], "firstborn: Cannot run without a command (see 'firstborn --help')"],
    [['fly'], 'firstborn: Unknown command "fly" (see \'firstborn --help\')'],
    [['--fly'], 'firstborn: Unknown option "--fly" (see \'firstborn --help\')'],
    [['help', 'fly'], 'firstborn: Unknown command "fly" (see \'firstborn --help\')'],
    [['run', '--fly', 'x'], 'firstborn: Unknown option "--fly" (see \'firstborn run --help\')'],
    [['build', 'x'], "firstborn: Cannot build without -o DIR (see 'firstborn build --help')"],
  ] as [string[], string][]) {
    it(`answers "${words.join(' ')}" with one line and 125`, () => {
      assert.deepEqual(firstborn(...words), { code: 125, stdout: '', stderr: `${line}\n` });
    });
  }
});
