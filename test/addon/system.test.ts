import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUTS,
  MS_PRIVATE,
  MS_REC,
  O_RDONLY,
} from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import { readHandshake, runChild, shell, waitForEnd } from './support/child.ts';
import { native } from './support/native.ts';

describe('setHostname() and setDomainname()', () => {
  it('change the names of a UTS namespace', async () => {
    const before = hostname();
    const { output } = await runChild(
      (plan) => {
        plan.setHostname('inner').setDomainname('example.org');
        shell(plan, 'cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname');
      },
      { namespaces: CLONE_NEWUTS },
    );
    assert.equal(output, 'inner\nexample.org\n');
    assert.equal(hostname(), before);
  });

  it('refuse a name of more than 64 bytes', async () => {
    const { failure } = await runChild((plan) => plan.setHostname('x'.repeat(65)), {
      namespaces: CLONE_NEWUTS,
    });
    assert.deepEqual([failure?.syscall, failure?.code], ['sethostname', 'EINVAL']);
  });
});

describe('loadModule()', () => {
  it('reports a file that is missing and one that is no module', async () => {
    const missing = await runChild((plan) => plan.loadModule('/nowhere/x.ko', 'a=1'));
    assert.deepEqual(
      [missing.failure?.code, missing.failure?.arguments],
      ['ENOENT', ['/nowhere/x.ko', 'a=1']],
    );
    const text = await runChild((plan) => plan.loadModule('/etc/passwd'));
    assert.equal(text.handshake.state, 'failed');
    // A kernel without loadable modules says ENOSYS.
    assert.match(text.failure?.code ?? '', /^(ENOEXEC|ENOSYS|EPERM)$/);
  });
});

describe('unshare()', () => {
  it('leaves a namespace', async () => {
    const { output } = await runChild((plan) => {
      plan.unshare(CLONE_NEWUTS | CLONE_NEWIPC).setHostname('apart');
      shell(plan, 'cat /proc/sys/kernel/hostname');
    });
    assert.equal(output, 'apart\n');
  });
});

describe('setNamespace()', () => {
  it('goes back to a namespace that a slot holds', async () => {
    const { output } = await runChild((plan) => {
      plan.openPath(0, '/proc/self/ns/uts', O_RDONLY).unshare(CLONE_NEWUTS).setHostname('apart');
      plan.setNamespace(0, CLONE_NEWUTS);
      shell(plan, 'cat /proc/sys/kernel/hostname');
    });
    assert.equal(output, `${hostname()}\n`);
  });

  it('refuses a namespace of another type', async () => {
    const { failure } = await runChild((plan) => {
      plan.openPath(0, '/proc/self/ns/uts', O_RDONLY).setNamespace(0, CLONE_NEWNET);
    });
    assert.deepEqual([failure?.code, failure?.arguments], ['EINVAL', ['slot 0', 'CLONE_NEWNET']]);
  });
});

describe('joinNamespaces()', () => {
  const namespaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;
  const names = ['mnt', 'uts', 'ipc', 'net', 'cgroup'];
  const SIGKILL = 9;

  it('enters those of a process that the flags name and no others', async () => {
    const plan = new Plan().mount({ target: '/', flags: MS_REC | MS_PRIVATE });
    plan.mount({ source: 'inner', target: '/mnt', type: 'tmpfs' }).setHostname('inner');
    plan.writeFile('/mnt/marker', 'found', { create: true });
    plan.execute(['/bin/sleep'], ['sleep', '1000'], []);
    const target = native.spawn(plan.bytes(), { namespaces, cgroupFd: -1 });
    assert.equal((await readHandshake(target)).state, 'executed');
    const linksOf = (pid: number | 'self'): string =>
      names.map((name) => `${readlinkSync(`/proc/${pid}/ns/${name}`)}\n`).join('');
    const script = names.map((name) => `readlink /proc/self/ns/${name}`).join(';');

    const all = await runChild((joining) => {
      shell(joining.joinNamespaces(target.pidfd, namespaces), `${script}; hostname; cat /mnt/marker`);
    });
    assert.equal(all.output, `${linksOf(target.pid)}inner\nfound`);
    const one = await runChild((joining) => {
      shell(joining.joinNamespaces(target.pidfd, CLONE_NEWUTS), 'hostname; test -e /mnt/marker || echo none');
    });
    assert.equal(one.output, 'inner\nnone\n');
    assert.notEqual(linksOf('self'), linksOf(target.pid));

    native.signalPidfd(target.pidfd, SIGKILL);
    await waitForEnd(target);
  });

  it('goes together with the pid namespace that spawn() enters', async () => {
    const plan = new Plan().mount({ target: '/', flags: MS_REC | MS_PRIVATE });
    plan.mount({ source: 'proc', target: '/proc', type: 'proc' });
    plan.execute(['/bin/sleep'], ['sleep', '1000'], []);
    const target = native.spawn(plan.bytes(), { namespaces: CLONE_NEWNS | CLONE_NEWPID, cgroupFd: -1 });
    assert.equal((await readHandshake(target)).state, 'executed');
    const { output } = await runChild(
      (joining) => shell(joining.joinNamespaces(target.pidfd, CLONE_NEWNS), 'cat /proc/1/comm; echo $$'),
      { pidNamespaceFd: target.pidfd },
    );
    assert.equal(output, 'sleep\n2\n');
    native.signalPidfd(target.pidfd, SIGKILL);
    await waitForEnd(target);
  });

  it('reports a descriptor that is no pidfd and flags that name nothing', async () => {
    const { failure } = await runChild((plan) => plan.joinNamespaces(1, CLONE_NEWNS | CLONE_NEWUTS));
    assert.deepEqual(
      [failure?.syscall, failure?.code, failure?.arguments],
      ['setns', 'EINVAL', ['1', 'CLONE_NEWNS|CLONE_NEWUTS']],
    );
    const closed = await runChild((plan) => plan.joinNamespaces(1_000_000, CLONE_NEWNS));
    assert.equal(closed.failure?.code, 'EBADF');
  });
});

describe('namespaces of spawn()', () => {
  it('are all new for the child', async () => {
    const namespaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET;
    const script = 'readlink /proc/self/ns/mnt /proc/self/ns/uts /proc/self/ns/ipc /proc/self/ns/net';
    const own = await runChild((plan) => shell(plan, script));
    const others = await runChild((plan) => shell(plan, script), { namespaces });
    const ownLinks = own.output.trim().split('\n');
    const otherLinks = others.output.trim().split('\n');
    assert.equal(otherLinks.length, 4);
    for (const link of otherLinks) assert.ok(!ownLinks.includes(link), link);
  });
});
