import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { commandWords } from '../../../../host/cli/command-words.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';
import { projectRoot } from '../../../support/test-images.ts';

describe('commandWords()', () => {
  it('takes one mark from each word', () => {
    assert.deepEqual(commandWords([':run', ':', '::x', ':a b']), ['run', '', ':x', 'a b']);
  });

  it('leaves words without marks as they are', () => {
    assert.deepEqual(commandWords(['run', ':x']), ['run', ':x']);
    assert.deepEqual(commandWords([]), []);
  });
});

function firstborn(cwd: string, words: string[]): { code: number | null; stderr: string } {
  const { status, stderr } = spawnSync(join(projectRoot, 'scripts/firstborn'), words, {
    cwd,
    encoding: 'utf8',
  });
  return { code: status, stderr };
}

describe('scripts/firstborn', () => {
  it('says itself that an env file is missing', (context) => {
    const cwd = scratchDirectory(context);
    const { code, stderr } = firstborn(cwd, ['run', '--env-file', 'missing', './image']);
    assert.equal(code, 125);
    assert.match(stderr, /^firstborn: Cannot read the env file "missing"/);
  });

  it("keeps files that are named on its command line from its own Node's settings", (context) => {
    const cwd = scratchDirectory(context);
    const loaded = join(cwd, 'loaded');
    writeFileSync(join(cwd, 'load.cjs'), `require('fs').writeFileSync(${JSON.stringify(loaded)}, '')`);
    writeFileSync(join(cwd, 'vars'), `NODE_OPTIONS=--require ${join(cwd, 'load.cjs')}\n`);
    writeFileSync(join(cwd, 'node.config.json'), '{"nodeOptions":{"require":["./load.cjs"]}}');
    const command = ['--experimental-default-config-file', '--experimental-config-file=node.config.json'];
    const { code, stderr } = firstborn(cwd, ['run', '--env-file', 'vars', './image', 'node', ...command]);
    assert.deepEqual([code, existsSync(loaded)], [125, false]);
    assert.match(stderr, /^firstborn: Cannot find image "\.\/image"/);
  });
});
