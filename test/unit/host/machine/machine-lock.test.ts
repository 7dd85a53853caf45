import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { takeLock } from '../../../../host/machine/machine-lock.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const lockModule = join(import.meta.dirname, '../../../../host/machine/machine-lock.ts');
/** Says whether it got the lock, and keeps it until it is killed. */
const program = `
  const { takeLock } = await import(${JSON.stringify(lockModule)});
  const lock = takeLock(process.argv[1]);
  process.stdout.write(lock === undefined ? 'refused' : 'held');
  if (lock !== undefined) setInterval(() => lock, 1000);
`;

function contender(path: string): { said: Promise<string>; kill: () => Promise<unknown> } {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  return {
    said: once(child.stdout, 'data').then(([text]) => String(text)),
    kill: () => {
      child.kill('SIGKILL');
      return exit;
    },
  };
}

describe('takeLock()', () => {
  it('gives the lock to one of several processes, and to another one once that was killed', async (context) => {
    const path = join(scratchDirectory(context), 'lock');
    for (let round = 0; round < 2; round += 1) {
      const contenders = Array.from({ length: 3 }, () => contender(path));
      const words = await Promise.all(contenders.map(({ said }) => said));
      assert.deepEqual(words.toSorted(), ['held', 'refused', 'refused']);
      assert.equal(takeLock(path), undefined);
      await Promise.all(contenders.map(({ kill }) => kill()));
    }
    const lock = takeLock(path);
    assert.ok(lock !== undefined);
    lock.release();
  });

  it('can be taken again after its release, and writes nothing', (context) => {
    const path = join(scratchDirectory(context), 'lock');
    for (let round = 0; round < 3; round += 1) {
      const lock = takeLock(path);
      assert.ok(lock !== undefined);
      lock.release();
    }
    assert.equal(readFileSync(path).length, 0);
    assert.ok(!existsSync(`${path}-journal`));
  });

  it('throws when there is no place for it', (context) => {
    const path = join(scratchDirectory(context), 'none/lock');
    assert.throws(() => takeLock(path), { code: 'host', message: `Cannot lock "${path}"` });
  });
});
