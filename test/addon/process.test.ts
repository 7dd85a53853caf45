import assert from 'node:assert/strict';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { constants as systemConstants } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { O_RDONLY, O_RDWR, resourceLimits, RLIM_INFINITY } from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import { readToEnd, runChild, shell, waitForEnd } from './support/child.ts';
import { native } from './support/native.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();

describe('duplicateFd()', () => {
  it('passes a descriptor on and leaves others behind', async () => {
    const file = openSync(import.meta.filename, 'r'); // Node opens with CLOEXEC
    const { output } = await runChild((plan) => {
      plan.duplicateFd(file, 9);
      shell(plan, `readlink /proc/self/fd/9; readlink /proc/self/fd/${file} || echo none`);
    });
    closeSync(file);
    assert.equal(output, `${import.meta.filename}\nnone\n`);
  });

  it('clears CLOEXEC when both numbers are the same', async () => {
    const file = openSync(import.meta.filename, 'r');
    const { output } = await runChild((plan) => {
      plan.duplicateFd(file, file);
      shell(plan, `readlink /proc/self/fd/${file}`);
    });
    closeSync(file);
    assert.equal(output, `${import.meta.filename}\n`);
  });

  it('reports a closed descriptor', async () => {
    const { failure } = await runChild((plan) => plan.duplicateFd(999, 5));
    assert.deepEqual([failure?.syscall, failure?.code, failure?.arguments], ['dup3', 'EBADF', ['999', '5']]);
  });

  it('never overwrites the handshake', async () => {
    // Every number that the child's end can have is taken by a copy of stdin.
    const { handshake, failure } = await runChild((plan) => {
      for (let fd = 3; fd < 200; fd++) plan.duplicateFd(0, fd);
      plan.remove('/nowhere', { orWarn: true }).remove('/nowhere/at/all');
    });
    assert.deepEqual(handshake, {
      state: 'failed',
      failure: { operation: 200, errno: 2 },
      warnings: [{ operation: 199, errno: 2 }],
    });
    assert.equal(failure?.code, 'ENOENT');
  });

  it('never overwrites a slot', async () => {
    const { output, failure } = await runChild((plan) => {
      plan.openPath(4, import.meta.filename, O_RDONLY);
      for (let fd = 3; fd < 200; fd++) plan.duplicateFd(0, fd);
      plan.duplicateSlot(4, 20);
      shell(plan, 'readlink /proc/self/fd/20');
    });
    assert.equal(failure, undefined);
    assert.equal(output, `${import.meta.filename}\n`);
  });
});

describe('duplicateSlot()', () => {
  it("gives a plan's own descriptor to the program", async () => {
    const { output } = await runChild((plan) => {
      plan.openPath(0, '/dev/null', O_RDWR).duplicateSlot(0, 0);
      shell(plan, 'readlink /proc/self/fd/0');
    });
    assert.equal(output, '/dev/null\n');
  });
});

describe('closeFds()', () => {
  it('closes everything from a number on', async () => {
    const { output } = await runChild((plan) => {
      plan.duplicateFd(0, 7).duplicateFd(0, 8).duplicateFd(0, 500).closeFds(8);
      shell(plan, 'for fd in 7 8 500; do test -e /proc/self/fd/$fd && echo $fd; done');
    });
    assert.equal(output, '7\n');
  });

  it('leaves a program with nothing but its standard streams', async () => {
    const { output } = await runChild((plan) => {
      plan.openPath(0, '/dev/null', O_RDWR).duplicateSlot(0, 0).closeFds(3);
      plan.execute(['/bin/ls'], ['ls', '/proc/self/fd'], []);
    });
    assert.equal(output, '0\n1\n2\n3\n', 'ls opens the directory as 3');
  });

  it('leaves no descriptor through which a path could lead out, before the program is looked for', async () => {
    const fd = openSync('/usr', constants.O_RDONLY | constants.O_DIRECTORY);
    const through = `/proc/self/fd/${fd}/bin/true`;
    const open = await runChild((plan) => plan.execute([through], ['true'], []));
    assert.equal(open.failure, undefined);
    const closed = await runChild((plan) => plan.closeFds(3).execute([through], ['true'], []));
    assert.equal(closed.failure?.code, 'ENOENT');
    closeSync(fd);
  });

  it('keeps what lies in slots for the rest of the plan', async () => {
    const { output } = await runChild((plan) => {
      plan.openPath(0, '/dev/null', O_RDWR).openPath(5, '/dev/zero', O_RDWR).closeFds(3);
      plan.duplicateSlot(0, 0).duplicateSlot(5, 7);
      shell(plan, 'readlink /proc/self/fd/0 /proc/self/fd/7');
    });
    assert.equal(output, '/dev/null\n/dev/zero\n');
  });

  it('is refused where the descriptors are those of this process', () => {
    const result = native.runPlan(new Plan().closeFds(3).bytes());
    assert.ok(result.state === 'failed');
    assert.equal(result.failure.errno, systemConstants.errno.EPERM);
  });
});

describe('newSession() and setControllingTerminal()', () => {
  it('make the child leader of a session with a terminal', async () => {
    const { output, pid } = await runChild((plan) => {
      plan.newSession();
      shell(plan, 'cut -d" " -f5,6,7 /proc/self/stat');
    });
    assert.equal(output, `${pid} ${pid} 0\n`, 'process group, session, terminal');
  });

  it('report a descriptor that is no terminal', async () => {
    const { failure } = await runChild((plan) => plan.newSession().setControllingTerminal(1));
    assert.deepEqual([failure?.syscall, failure?.code], ['TIOCSCTTY', 'ENOTTY']);
  });
});

describe('setResourceLimit()', () => {
  it('sets soft and hard limits, infinity too', async () => {
    const { output } = await runChild((plan) => {
      plan.setResourceLimit(resourceLimits.RLIMIT_NOFILE, 1024, 4096);
      plan.setResourceLimit(resourceLimits.RLIMIT_CORE, 0, RLIM_INFINITY);
      plan.setResourceLimit(resourceLimits.RLIMIT_FSIZE, 2n ** 40n, 2n ** 41n);
      plan.execute(['/bin/cat'], ['cat', '/proc/self/limits'], []);
    });
    assert.match(output, /Max open files +1024 +4096 /);
    assert.match(output, /Max core file size +0 +unlimited /);
    assert.match(output, /Max file size +1099511627776 +2199023255552 /);
  });

  it('refuses a soft limit above the hard one and an unknown resource', async () => {
    const inverted = await runChild((plan) => plan.setResourceLimit(resourceLimits.RLIMIT_CORE, 2, 1));
    assert.deepEqual([inverted.failure?.syscall, inverted.failure?.code], ['prlimit', 'EINVAL']);
    const unknown = await runChild((plan) => plan.setResourceLimit(99, 1, 1));
    assert.equal(unknown.failure?.code, 'EINVAL');
  });

  it('leaves the handshake working when no new descriptor may be opened', async () => {
    const { handshake } = await runChild((plan) => {
      plan.setResourceLimit(resourceLimits.RLIMIT_NOFILE, 3, 3).remove('/nowhere');
    });
    assert.deepEqual(handshake, { state: 'failed', failure: { operation: 3, errno: 2 }, warnings: [] });
  });
});

describe('signalProcess()', () => {
  it("signals a process of the plan's choice", async () => {
    const { writeFd, readFd } = native.makePipe();
    const target = native.spawn(
      new Plan().duplicateFd(writeFd, 1).execute(['/bin/sleep'], ['sleep', '1000'], []).bytes(),
      { namespaces: 0, cgroupFd: -1 },
    );
    closeSync(writeFd);
    assert.ok((await readToEnd(target.handshakeFd)).length > 0);
    const { handshake } = await runChild((plan) => plan.signalProcess(target.pid, 10));
    assert.equal(handshake.state, 'ended');
    assert.deepEqual(await waitForEnd(target), {
      state: 'signaled',
      pid: target.pid,
      signal: 10,
      coreDumped: false,
    });
    closeSync(readFd);
  });

  it('reports a process that is gone and a signal that is none', async () => {
    const gone = await runChild((plan) => plan.signalProcess(0x7fff_fff0, 0));
    assert.equal(gone.failure?.code, 'ESRCH');
    const wrong = await runChild((plan) => plan.signalProcess(1, 65));
    assert.equal(wrong.failure?.code, 'EINVAL');
  });
});

describe('resetSignals()', () => {
  it('is what a spawned child starts with, so it changes nothing there', async () => {
    const { output } = await runChild((plan) => {
      plan.resetSignals();
      shell(plan, 'grep -E "^Sig(Ign|Blk)" /proc/self/status');
    });
    assert.match(output, /^SigBlk:\t0{16}\nSigIgn:\t0{16}\n$/);
  });
});

describe('runPlan()', () => {
  it('runs in this process', () => {
    const path = join(scratch, 'here');
    const result = native.runPlan(new Plan().writeFile(path, 'x', { create: true }).bytes());
    assert.deepEqual(result, { state: 'done', warnings: [] });
    assert.equal(readFileSync(path, 'utf8'), 'x');
  });
});
