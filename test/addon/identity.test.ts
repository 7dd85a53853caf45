import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { capabilities, capabilityMask, securebits } from '../../addon/constants.ts';
import type { Plan } from '../../addon/plan.ts';
import { type ChildResult, runChild } from './support/child.ts';

/** The fields of /proc/self/status as a program sees them that the plan executes. */
async function statusAfter(
  build: (plan: Plan) => void,
): Promise<{ fields: Map<string, string>; result: ChildResult }> {
  const result = await runChild((plan) => {
    build(plan);
    plan.execute(['/bin/cat'], ['cat', '/proc/self/status'], []);
  });
  const lines = result.output.split('\n').map((line) => line.split(':\t'));
  return { fields: new Map(lines.map(([name = '', value = '']) => [name, value.trim()])), result };
}

const hex = (mask: bigint): string => mask.toString(16).padStart(16, '0');
const none = { effective: 0n, permitted: 0n, inheritable: 0n };

/** Writes to a file of its own in /proc, as a user other than root. */
const writeOwnFile = (dumpable: boolean): Promise<ChildResult> =>
  runChild((plan) => plan.setUserId(1000).setDumpable(dumpable).writeFile('/proc/self/oom_score_adj', '10'));

describe('setUserId(), setGroupId() and setGroups()', () => {
  it('set all ids and the supplementary groups', async () => {
    const { fields } = await statusAfter((plan) =>
      plan.setGroups([7, 4_000_000_000, 9]).setGroupId(500).setUserId(501),
    );
    assert.equal(fields.get('Uid'), '501\t501\t501\t501');
    assert.equal(fields.get('Gid'), '500\t500\t500\t500');
    assert.equal(fields.get('Groups'), '7 9 4000000000');
    assert.equal(fields.get('CapEff'), hex(0n), 'the change from root drops every capability');
  });

  it('drop all supplementary groups', async () => {
    const { fields } = await statusAfter((plan) => plan.setGroups([]));
    assert.equal(fields.get('Groups'), '');
  });

  it('are refused without privilege', async () => {
    const { failure } = await runChild((plan) => plan.setUserId(501).setGroupId(7));
    assert.deepEqual([failure?.syscall, failure?.arguments, failure?.code], ['setresgid', ['7'], 'EPERM']);
  });
});

describe('capabilities', () => {
  it('are kept over a change of user and become ambient', async () => {
    const mask = capabilityMask(['CAP_NET_BIND_SERVICE', 'CAP_SYS_ADMIN']);
    const { fields, result } = await statusAfter((plan) => {
      plan.setKeepCapabilities(true).setUserId(1000);
      plan.setCapabilities({ effective: mask, permitted: mask, inheritable: mask });
      plan.raiseAmbientCapability(capabilities.CAP_NET_BIND_SERVICE);
    });
    assert.equal(result.failure, undefined);
    const ambient = hex(capabilityMask(['CAP_NET_BIND_SERVICE']));
    assert.deepEqual(
      ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'].map((name) => fields.get(name)),
      [hex(mask), ambient, ambient, ambient],
    );
  });

  it('above 31 reach the second word', async () => {
    const mask = capabilityMask(['CAP_CHOWN', 'CAP_CHECKPOINT_RESTORE']);
    const { fields } = await statusAfter((plan) =>
      plan.setCapabilities({ ...none, permitted: mask, inheritable: mask }),
    );
    assert.equal(fields.get('CapInh'), hex(mask));
  });

  it('can be cleared from the ambient set', async () => {
    const mask = capabilityMask(['CAP_KILL']);
    const { fields } = await statusAfter((plan) => {
      plan.setKeepCapabilities(true).setUserId(1000);
      plan.setCapabilities({ effective: mask, permitted: mask, inheritable: mask });
      plan.raiseAmbientCapability(capabilities.CAP_KILL).clearAmbientCapabilities();
    });
    assert.equal(fields.get('CapAmb'), hex(0n));
    assert.equal(fields.get('CapPrm'), hex(0n));
  });

  it('cannot be raised ambient without being inheritable', async () => {
    const { failure } = await runChild((plan) => plan.raiseAmbientCapability(capabilities.CAP_KILL));
    assert.deepEqual([failure?.code, failure?.arguments], ['EPERM', ['CAP_KILL']]);
  });

  it('dropped from the bounding set are gone for programs of root, too', async () => {
    const { fields } = await statusAfter((plan) => {
      plan.dropBoundingCapability(capabilities.CAP_SYS_MODULE);
      plan.dropBoundingCapability(63, { accept: ['EINVAL'] });
    });
    const bit = capabilityMask(['CAP_SYS_MODULE']);
    for (const set of ['CapBnd', 'CapEff']) assert.equal(BigInt(`0x${fields.get(set)}`) & bit, 0n, set);
  });
});

describe('setSecurebits()', () => {
  it('takes the power of user 0 away', async () => {
    const { fields } = await statusAfter((plan) => plan.setSecurebits(securebits.SECBIT_NOROOT));
    assert.equal(fields.get('CapEff'), hex(0n));
    assert.equal(fields.get('Uid'), '0\t0\t0\t0');
  });
});

describe('setDumpable()', () => {
  it('says whether the files of the process in /proc are its own', async () => {
    assert.equal((await writeOwnFile(true)).failure, undefined);
    assert.equal((await writeOwnFile(false)).failure?.code, 'EACCES');
  });

  it('lasts until the process executes a program', async () => {
    const { result } = await statusAfter((plan) => plan.setUserId(1000).setDumpable(false));
    assert.match(result.output, /^Uid:\t1000/m);
  });
});

describe('setNoNewPrivileges()', () => {
  it('is seen by the program', async () => {
    const before = await statusAfter(() => {});
    assert.equal(before.fields.get('NoNewPrivs'), '0');
    const { fields } = await statusAfter((plan) => plan.setNoNewPrivileges());
    assert.equal(fields.get('NoNewPrivs'), '1');
  });
});

describe('the signal state of a spawned program', () => {
  it('is that of a fresh process, though Node ignores SIGPIPE', async () => {
    const { fields } = await statusAfter(() => {});
    for (const set of ['SigBlk', 'SigIgn', 'SigCgt', 'SigPnd']) assert.equal(fields.get(set), hex(0n), set);
  });
});

describe('setUmask()', () => {
  it('is inherited', async () => {
    const { fields } = await statusAfter((plan) => plan.setUmask(0o137));
    assert.equal(fields.get('Umask'), '0137');
  });
});
