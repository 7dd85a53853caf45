import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DetachedProcess } from '../../../../host/machine/detached-process.ts';
import { findProcess } from '../../../../host/machine/find-process.ts';
import { isAlive } from '../../../../host/machine/liveness.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const shell = (script: string): { program: string; args: string[] } => ({
  program: '/bin/sh',
  args: ['-c', script],
});

describe('DetachedProcess', () => {
  it('appends what the program prints to its log and tells its end', async (context) => {
    const log = join(scratchDirectory(context), 'log');
    const first = await DetachedProcess.start(shell('echo out; echo err >&2; exit 3'), log);
    assert.deepEqual(await first.ended, { code: 3, signal: null });
    const second = await DetachedProcess.start(shell('echo more; kill -9 $$'), log);
    assert.deepEqual(await second.ended, { code: null, signal: 'SIGKILL' });
    assert.equal(readFileSync(log, 'utf8'), 'out\nerr\nmore\n');
  });

  it('has a session of its own', async (context) => {
    const log = join(scratchDirectory(context), 'log');
    const { ended, identity } = await DetachedProcess.start(shell('cat /proc/self/stat'), log);
    await ended;
    const [, , , session] = readFileSync(log, 'utf8').split(') ')[1]?.split(' ') ?? [];
    assert.equal(session, String(identity.pid));
  });

  it('watches and kills a process that is not its child', async (context) => {
    const log = join(scratchDirectory(context), 'log');
    const child = await DetachedProcess.start(shell('exec sleep 1000'), log);
    const adopted = DetachedProcess.adopt(child.identity);
    adopted.kill();
    assert.deepEqual(await adopted.ended, { code: null, signal: null });
    assert.deepEqual(await child.ended, { code: null, signal: 'SIGKILL' });
    assert.equal(isAlive(child.identity), false);
    adopted.kill();
  });

  it('throws when the program cannot be executed', async (context) => {
    const log = join(scratchDirectory(context), 'log');
    await assert.rejects(DetachedProcess.start({ program: '/none', args: [] }, log), {
      code: 'vm',
      message: 'Cannot start "/none"',
    });
  });
});

describe('findProcess()', () => {
  it('finds a process by a text on its command line', async (context) => {
    const text = join(scratchDirectory(context), 'marker');
    assert.equal(findProcess(text), undefined);
    const { identity, ended, kill } = await startMarked(text);
    assert.deepEqual(findProcess(text), identity);
    kill();
    await ended;
  });
});

async function startMarked(text: string): Promise<Pick<DetachedProcess, 'identity' | 'ended' | 'kill'>> {
  const running = await DetachedProcess.start(
    { program: '/bin/sh', args: ['-c', 'while :; do sleep 1000; done', text] },
    '/dev/null',
  );
  return { identity: running.identity, ended: running.ended, kill: () => running.kill() };
}
