import assert from 'node:assert/strict';
import { closeSync, constants, openSync, readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CLONE_NEWCGROUP, CLONE_NEWPID, CLONE_NEWUSER, O_RDONLY } from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import { makeCgroup } from './support/cgroup.ts';
import { readable, readHandshake, readToEnd, runChild, shell, waitForEnd } from './support/child.ts';
import { native } from './support/native.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
const openDescriptors = (): number => readdirSync('/proc/self/fd').length;
const here = { namespaces: 0, cgroupFd: -1 };
const SIGKILL = 9;

describe('spawn()', () => {
  it('tells that the program runs as soon as exec has happened', async () => {
    const child = native.spawn(new Plan().execute(['/bin/sleep'], ['sleep', '1000'], []).bytes(), here);
    assert.deepEqual(await readHandshake(child), { state: 'executed', warnings: [] });
    assert.match(readFileSync(`/proc/${child.pid}/comm`, 'utf8'), /sleep/);
    native.signalPidfd(child.pidfd, SIGKILL);
    const exit = await waitForEnd(child);
    assert.deepEqual(exit, { state: 'signaled', pid: child.pid, signal: SIGKILL, coreDumped: false });
  });

  it('ends a plan without execute with 0', async () => {
    const { handshake, exit, pid } = await runChild(() => {});
    assert.deepEqual(handshake, { state: 'ended', warnings: [] });
    assert.deepEqual(exit, { state: 'exited', pid, code: 0 });
  });

  it('delivers more warnings than the socket holds', async () => {
    const count = 10_000;
    const { handshake } = await runChild((plan) => {
      for (let index = 0; index < count; index++) plan.remove('/nowhere/x', { orWarn: true });
      plan.execute(['/bin/true'], ['true'], []);
    });
    assert.equal(handshake.state, 'executed');
    assert.equal(handshake.warnings.length, count);
    assert.deepEqual(handshake.warnings.at(-1), { operation: count + 1, errno: 2 });
  });

  it('tells a child that was killed before exec from one that runs', async () => {
    const fifo = join(scratch, 'fifo');
    native.runPlan(new Plan().makeNode(fifo, 'fifo', 0o600, 0, 0).bytes());
    // Nobody writes to the FIFO, so the plan gets no further than opening it.
    const plan = new Plan().openPath(0, fifo, O_RDONLY).execute(['/bin/true'], ['true'], []);
    const child = native.spawn(plan.bytes(), here);
    native.signalPidfd(child.pidfd, SIGKILL);
    assert.deepEqual(await readHandshake(child), { state: 'died', warnings: [] });
    assert.equal((await waitForEnd(child)).state, 'signaled');
  });

  it('gives descriptors that no later program inherits', async () => {
    const child = native.spawn(new Plan().bytes(), here);
    const cloexec = 0o2000000;
    for (const fd of [child.pidfd, child.handshakeFd]) {
      const flags = /flags:\t(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0';
      assert.equal(Number.parseInt(flags, 8) & cloexec, cloexec);
    }
    await readHandshake(child);
    await waitForEnd(child);
  });

  it('leaves no descriptor behind', async () => {
    await runChild((plan) => shell(plan, 'true'));
    const before = openDescriptors();
    for (let time = 0; time < 5; time++) await runChild((plan) => shell(plan, 'true'));
    assert.equal(openDescriptors(), before);
  });

  it('makes a process the first of its pid namespace', async () => {
    const { output, pid } = await runChild((plan) => shell(plan, 'echo $$'), { namespaces: CLONE_NEWPID });
    assert.equal(output, '1\n');
    assert.ok(pid > 1, 'the pid is the one of this namespace');
  });

  it('starts a user namespace, in which nobody is anybody yet', async () => {
    const { output } = await runChild((plan) => shell(plan, 'id -u'), { namespaces: CLONE_NEWUSER });
    assert.equal(output, '65534\n');
  });
});

describe('spawn() into a cgroup', () => {
  it('places the child before its first operation', async () => {
    const cgroup = makeCgroup('firstborn-spawn');
    const cgroupFd = openSync(cgroup.path, constants.O_RDONLY | constants.O_DIRECTORY);
    const { output } = await runChild((plan) => shell(plan, 'cat /proc/self/cgroup'), { cgroupFd });
    assert.match(output, new RegExp(`^0::/.*firstborn-spawn-${process.pid}$`, 'm'));
    closeSync(cgroupFd);
    cgroup.remove();
  });

  it("makes it the root of the child's cgroup namespace", async () => {
    const cgroup = makeCgroup('firstborn-namespace');
    const cgroupFd = openSync(cgroup.path, constants.O_RDONLY | constants.O_DIRECTORY);
    const options = { cgroupFd, namespaces: CLONE_NEWCGROUP };
    const { output } = await runChild((plan) => shell(plan, 'cat /proc/self/cgroup'), options);
    assert.match(output, /^0::\/$/m);
    closeSync(cgroupFd);
    cgroup.remove();
  });

  it('kills the whole group through cgroup.kill', async () => {
    const cgroup = makeCgroup('firstborn-kill');
    const cgroupFd = openSync(cgroup.path, constants.O_RDONLY | constants.O_DIRECTORY);
    const plan = shell(new Plan(), 'sleep 1000 & sleep 1000');
    const child = native.spawn(plan.bytes(), { ...here, cgroupFd });
    await readHandshake(child);
    native.runPlan(new Plan().writeFile(join(cgroup.path, 'cgroup.kill'), '1').bytes());
    const exit = await waitForEnd(child);
    assert.deepEqual(exit, { state: 'signaled', pid: child.pid, signal: SIGKILL, coreDumped: false });
    await untilEmpty(cgroup.path);
    closeSync(cgroupFd);
    cgroup.remove();
  });
});

describe('a pidfd', () => {
  it('is not readable before the end and says ESRCH after it was reaped', async () => {
    const { readFd, writeFd } = native.makePipe();
    const plan = new Plan().duplicateFd(readFd, 0).duplicateFd(1, 1).execute(['/bin/cat'], ['cat'], []);
    const child = native.spawn(plan.bytes(), here);
    closeSync(readFd);
    await readToEnd(child.handshakeFd);
    native.signalPidfd(child.pidfd, 0);
    assert.equal(native.reapChild(), null);
    closeSync(writeFd);
    await readable(child.pidfd);
    assert.deepEqual(native.reapChild(), { state: 'exited', pid: child.pid, code: 0 });
    assert.throws(() => native.signalPidfd(child.pidfd, 0), { code: 'ESRCH', syscall: 'pidfd_send_signal' });
    closeSync(child.pidfd);
  });
});

/** Waits until no live process is left in a cgroup. */
async function untilEmpty(path: string): Promise<void> {
  while (!readFileSync(join(path, 'cgroup.events'), 'utf8').includes('populated 0')) await setImmediate();
}
