import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { CLONE_NEWPID } from '../../addon/constants.ts';
import type { SpawnResult } from '../../addon/native.ts';
import { errnoValues } from '../../addon/plan/errno-names.ts';
import { Plan } from '../../addon/plan.ts';
import { readable, readHandshake, runChild, shell, waitForEnd } from './support/child.ts';
import { interceptedNode } from './support/intercepted-node.ts';
import { native } from './support/native.ts';
import { scratchDirectory } from './support/scratch.ts';

const runIntercepted = interceptedNode(scratchDirectory());
const SIGKILL = 9;
const here = { namespaces: 0, cgroupFd: -1 };
const sleeping = new Plan().execute(['/bin/sleep'], ['sleep', '1000'], []).bytes();
const ownNamespace = readlinkSync('/proc/self/ns/pid');
/** /proc is this namespace's, so the link is found under the pid that the process has here. */
const showNamespace = 'echo $$; readlink /proc/self/ns/pid';

/** Process 1 of a new namespace, which lives until it is killed. */
async function startContainer(): Promise<SpawnResult> {
  const container = native.spawn(sleeping, { namespaces: CLONE_NEWPID, cgroupFd: -1 });
  assert.equal((await readHandshake(container)).state, 'executed');
  return container;
}

async function assertHome(): Promise<void> {
  assert.equal(readlinkSync('/proc/thread-self/ns/pid_for_children'), ownNamespace);
  const { output, pid } = await runChild((plan) => shell(plan, showNamespace));
  assert.equal(output, `${pid}\n${ownNamespace}\n`);
}

describe('spawn() with pidNamespaceFd', () => {
  let container: SpawnResult | undefined;
  after(async () => {
    if (container === undefined) return;
    native.signalPidfd(container.pidfd, SIGKILL);
    await waitForEnd(container);
  });

  it('starts the child in the pid namespace of that process', async () => {
    container = await startContainer();
    const { output, pid } = await runChild((plan) => shell(plan, showNamespace), {
      pidNamespaceFd: container.pidfd,
    });
    assert.equal(output, `2\n${readlinkSync(`/proc/${container.pid}/ns/pid`)}\n`);
    assert.notEqual(pid, 2, 'the pid is the one of this namespace');
    await assertHome();
  });

  it('leaves this process able to start threads, processes and children of its own', async () => {
    container ??= await startContainer();
    await runChild(() => {}, { pidNamespaceFd: container.pidfd });
    assert.equal(execFileSync('readlink', ['/proc/self/ns/pid'], { encoding: 'utf8' }), `${ownNamespace}\n`);
    const { output } = await runChild((plan) => shell(plan, 'echo $$'), { namespaces: CLONE_NEWPID });
    assert.equal(output, '1\n');
  });

  it('leaves no descriptor behind, here or in the child', async () => {
    container ??= await startContainer();
    const before = readdirSync('/proc/self/fd').length;
    for (let time = 0; time < 3; time++) {
      const { output } = await runChild((plan) => shell(plan, 'readlink /proc/self/fd/* | grep -c pidfd'), {
        pidNamespaceFd: container.pidfd,
      });
      assert.equal(output, '0\n');
    }
    assert.equal(readdirSync('/proc/self/fd').length, before);
  });

  it('is -1 or left out for the own namespace', async () => {
    const { output } = await runChild((plan) => shell(plan, showNamespace), { pidNamespaceFd: -1 });
    assert.equal(output.split('\n')[1], ownNamespace);
  });

  it('lets the visitor die with the namespace', async () => {
    const other = await startContainer();
    const visitor = native.spawn(sleeping, { ...here, pidNamespaceFd: other.pidfd });
    assert.equal((await readHandshake(visitor)).state, 'executed');
    native.signalPidfd(other.pidfd, SIGKILL);
    // Process 1 becomes a zombie only when all others of its namespace have been reaped.
    const exit = await waitForEnd(visitor);
    assert.deepEqual(exit, { state: 'signaled', pid: visitor.pid, signal: SIGKILL, coreDumped: false });
    await waitForEnd(other);
  });

  it('reports a process that has ended and a descriptor that is no pidfd, and stays at home', async () => {
    const ended = native.spawn(new Plan().bytes(), { namespaces: CLONE_NEWPID, cgroupFd: -1 });
    await readHandshake(ended);
    await readable(ended.pidfd);
    assert.equal(native.reapChild()?.pid, ended.pid);
    const pidNamespaceFd = ended.pidfd;
    assert.throws(() => native.spawn(sleeping, { ...here, pidNamespaceFd }), {
      code: 'ESRCH',
      syscall: 'setns',
    });
    closeSync(pidNamespaceFd);
    const file = openSync('/dev/null', 'r');
    assert.throws(() => native.spawn(sleeping, { ...here, pidNamespaceFd: file }), {
      code: 'EINVAL',
      syscall: 'setns',
    });
    closeSync(file);
    await assertHome();
  });

  it('cannot be had together with a new pid namespace', async () => {
    container ??= await startContainer();
    const options = { namespaces: CLONE_NEWPID, cgroupFd: -1, pidNamespaceFd: container.pidfd };
    assert.throws(() => native.spawn(sleeping, options), { code: 'EINVAL', syscall: 'clone3' });
    await assertHome();
  });

  it('aborts the process when there is no way back', async () => {
    // Its container waits for it, so that it is there for the visit and ends with it.
    const script = `
      const plan = Buffer.from('${Buffer.from(new Plan().awaitParent(0).bytes()).toString('hex')}', 'hex');
      const container = native.spawn(plan, { namespaces: ${CLONE_NEWPID}, cgroupFd: -1 });
      report(() => native.spawn(plan, { namespaces: 0, cgroupFd: -1, pidNamespaceFd: container.pidfd }));`;
    const end = runIntercepted(script, `setns 2 ${errnoValues.EPERM}`);
    assert.equal(end.signal, 'SIGABRT');
    assert.match(end.stderr, /^firstborn: cannot return from a container's pid namespace, aborting\n/);
    assert.equal(end.stdout, '');
  });
});
