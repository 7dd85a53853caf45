import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { constants as systemConstants } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { O_RDONLY } from '../../addon/constants.ts';
import type { SpawnResult } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import { type ChildWaiting, type Handshake, HandshakeReader } from '../../addon/spawn.ts';
import { readable, readHandshake, waitForEnd } from './support/child.ts';
import { native } from './support/native.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
const SIGKILL = 9;
const spawn = (plan: Plan): SpawnResult => native.spawn(plan.bytes(), { namespaces: 0, cgroupFd: -1 });

/** Reads a handshake to its end; `atStage` is called for each stop before the child goes on. */
async function follow(child: SpawnResult, atStage: (at: ChildWaiting) => void): Promise<Handshake> {
  const reader = new HandshakeReader();
  const buffer = Buffer.alloc(4096);
  for (;;) {
    await readable(child.handshakeFd);
    const length = native.readSome(child.handshakeFd, buffer);
    if (length === 0) break;
    for (const at of reader.push(buffer.subarray(0, length))) {
      atStage(at);
      native.continueChild(child.handshakeFd);
    }
  }
  closeSync(child.handshakeFd);
  return reader.end();
}

describe('awaitParent()', () => {
  it('stops the plan at each stage until the parent lets it go on', async () => {
    const path = join(scratch, 'made-by-child');
    const made = (): boolean => native.runPlan(new Plan().changeMode(path, 0o600).bytes()).state === 'done';
    const child = spawn(
      new Plan()
        .awaitParent(1)
        .makeDirectory(path, 0o755)
        .remove('/nowhere', { orWarn: true })
        .awaitParent(0xffff_ffff)
        .execute(['/bin/true'], ['true'], []),
    );
    const seen: [ChildWaiting, boolean][] = [];
    const handshake = await follow(child, (at) => seen.push([at, made()]));
    assert.deepEqual(seen, [
      [{ operation: 0, stage: 1 }, false],
      [{ operation: 3, stage: 0xffff_ffff }, true],
    ]);
    assert.deepEqual(handshake, { state: 'executed', warnings: [{ operation: 2, errno: 2 }] });
    assert.deepEqual(await waitForEnd(child), { state: 'exited', pid: child.pid, code: 0 });
  });

  it('works after all other descriptors were closed and its own was moved away', async () => {
    const plan = new Plan().closeFds(3);
    for (let fd = 3; fd < 100; fd++) plan.duplicateFd(0, fd);
    const child = spawn(plan.awaitParent(5));
    const stages: number[] = [];
    assert.equal((await follow(child, ({ stage }) => stages.push(stage))).state, 'ended');
    assert.deepEqual(stages, [5]);
    await waitForEnd(child);
  });

  it('ends the child when the parent closes the handshake, whatever the tolerance', async () => {
    const child = spawn(new Plan().awaitParent(1, { orWarn: true }).execute(['/bin/true'], ['true'], []));
    await readable(child.handshakeFd);
    closeSync(child.handshakeFd);
    assert.deepEqual(await waitForEnd(child), { state: 'exited', pid: child.pid, code: 125 });
  });

  it('is a death when the child is killed meanwhile', async () => {
    const child = spawn(new Plan().awaitParent(1));
    await readable(child.handshakeFd);
    native.signalPidfd(child.pidfd, SIGKILL);
    assert.deepEqual(await readHandshake(child), { state: 'died', warnings: [] });
    assert.equal((await waitForEnd(child)).state, 'signaled');
  });

  it('is refused in runPlan(), where nobody could let it go on', () => {
    const result = native.runPlan(new Plan().awaitParent(1).bytes());
    assert.equal(result.state === 'failed' && result.failure.errno, systemConstants.errno.ENOTSUP);
  });
});

describe('continueChild()', () => {
  it('that comes early lets the child pass without a stop', async () => {
    const child = spawn(new Plan().awaitParent(1));
    native.continueChild(child.handshakeFd);
    assert.equal((await readHandshake(child)).state, 'ended');
    await waitForEnd(child);
  });

  it('leaves the handshake readable to its end when the child is killed before it has heard', async () => {
    const fifo = join(scratch, 'fifo');
    native.runPlan(new Plan().makeNode(fifo, 'fifo', 0o600, 0, 0).bytes());
    // Nobody writes to the FIFO, so the plan gets no further than opening it.
    const child = spawn(new Plan().remove('/nowhere', { orWarn: true }).openPath(0, fifo, O_RDONLY));
    await readable(child.handshakeFd);
    native.continueChild(child.handshakeFd);
    native.signalPidfd(child.pidfd, SIGKILL);
    await waitForEnd(child);
    assert.deepEqual(await readHandshake(child), {
      state: 'died',
      warnings: [{ operation: 0, errno: 2 }],
    });
  });

  it('reports a child that has ended and a descriptor that is no handshake', async () => {
    const child = spawn(new Plan());
    await readable(child.pidfd);
    assert.throws(() => native.continueChild(child.handshakeFd), { code: 'EPIPE', syscall: 'sendto' });
    await readHandshake(child);
    await waitForEnd(child);
    const pipe = native.makePipe();
    assert.throws(() => native.continueChild(pipe.writeFd), { code: 'ENOTSOCK' });
    closeSync(pipe.readFd);
    closeSync(pipe.writeFd);
  });
});
