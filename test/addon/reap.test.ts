import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { ReapedChild } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import { readable, shell } from './support/child.ts';
import { native } from './support/native.ts';

const here = { namespaces: 0, cgroupFd: -1 };

/** Spawns a shell and waits for its end without reaping it. */
async function endedShell(script: string): Promise<number> {
  const child = native.spawn(shell(new Plan(), script).bytes(), here);
  await readable(child.pidfd);
  closeSync(child.pidfd);
  closeSync(child.handshakeFd);
  return child.pid;
}

describe('reapChild()', () => {
  it('gives null when there is no child at all', () => {
    assert.equal(native.reapChild(), null);
  });

  it('gives null while every child lives', async () => {
    const { readFd, writeFd } = native.makePipe();
    const plan = new Plan().duplicateFd(readFd, 0).duplicateFd(1, 1).execute(['/bin/cat'], ['cat'], []);
    const child = native.spawn(plan.bytes(), here);
    assert.equal(native.reapChild(), null);
    closeSync(readFd);
    closeSync(writeFd);
    await readable(child.pidfd);
    closeSync(child.pidfd);
    closeSync(child.handshakeFd);
    assert.deepEqual(native.reapChild(), { state: 'exited', pid: child.pid, code: 0 });
  });

  it('tells exit codes and signals', async () => {
    const exited = await endedShell('exit 42');
    assert.deepEqual(native.reapChild(), { state: 'exited', pid: exited, code: 42 });
    const signaled = await endedShell('ulimit -c 0; kill -TERM $$');
    const expected = { state: 'signaled', pid: signaled, signal: 15, coreDumped: false };
    assert.deepEqual(native.reapChild(), expected);
  });

  it('gives every child once when many have ended', async () => {
    const pids = await Promise.all(Array.from({ length: 30 }, (_, index) => endedShell(`exit ${index}`)));
    const seen = new Map<number, ReapedChild>();
    for (let next = native.reapChild(); next !== null; next = native.reapChild()) seen.set(next.pid, next);
    assert.deepEqual(
      pids.map((pid) => seen.get(pid)),
      pids.map((pid, code) => ({ state: 'exited', pid, code })),
    );
  });
});
