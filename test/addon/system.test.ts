import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import { CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWUTS, O_RDONLY } from '../../addon/constants.ts';
import { runChild, shell } from './support/child.ts';

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
