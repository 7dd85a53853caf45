import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { capabilities } from '../../../../addon/constants.ts';
import { Plan } from '../../../../addon/plan.ts';
import {
  becomeProgram,
  limitResources,
  type ProgramContext,
} from '../../../../init/container/process-plan.ts';
import type { RunnableProcess } from '../../../../init/container/runnable-spec.ts';
import { planLines, planLinesWithTolerance } from '../../../support/plan-text.ts';
import { assertOrder, placeOf } from '../../../support/container-plan-input.ts';
import { plainCapabilities, plainProcess } from '../../../support/runnable-spec.ts';

const seccomp = { program: new Uint8Array(16), flags: 2 };

function programLines(
  changes: Partial<RunnableProcess> = {},
  context: Partial<ProgramContext> = {},
): string[] {
  const program = { lastCapability: -1, seccomp: undefined, ...context };
  return planLinesWithTolerance(becomeProgram(new Plan(), plainProcess(changes), program));
}

const lastLine = (changes: Partial<RunnableProcess>): string => programLines(changes).at(-1) ?? '';

const dropped = (changes: Partial<RunnableProcess>, lastCapability: number): string[] =>
  programLines(changes, { lastCapability }).filter((line) => line.startsWith('dropBoundingCapability'));

function limitLines(changes: Partial<RunnableProcess>): string[] {
  const plan = new Plan();
  limitResources(plan, plainProcess(changes));
  return planLines(plan);
}

const count = (lines: readonly string[], start: string): number =>
  lines.filter((line) => line.startsWith(start)).length;

describe('becomeProgram()', () => {
  it('lets privileges go in the order in which each step still has what it takes', () => {
    assertOrder(programLines({ noNewPrivileges: true }, { lastCapability: 2, seccomp }), [
      'checkWorkingDirectory',
      'setUmask 022',
      'setNoNewPrivileges',
      'dropBoundingCapability',
      'setKeepCapabilities 1',
      'setGroups 10',
      'setGroupId 0',
      'setUserId 0',
      'setKeepCapabilities 0',
      'setSeccompFilter 2 instructions',
      'setCapabilities',
      'clearAmbientCapabilities',
      'execute',
    ]);
  });

  it('drops each capability that the kernel has and the container must not have', () => {
    const sets = plainCapabilities(0);
    assert.equal(dropped({}, 40).length, 41 - (sets.bounding ?? []).length);
    assert.deepEqual(dropped({}, 2), ['dropBoundingCapability CAP_DAC_READ_SEARCH']);
    assert.equal(dropped({}, 63).at(-1), 'dropBoundingCapability 63');
    assert.equal(dropped({ capabilities: undefined }, 40).length, 41, 'nothing said means none');
  });

  it('installs the filter under no_new_privs with what the process has anyway', () => {
    const lines = programLines({ noNewPrivileges: true }, { seccomp });
    assert.equal(count(lines, 'setCapabilities'), 1);
    assert.ok(placeOf(lines, 'setSeccompFilter') < placeOf(lines, 'setCapabilities'));
  });

  it('keeps CAP_SYS_ADMIN for the filter without no_new_privs, and for nothing behind it', () => {
    const lines = programLines({ capabilities: plainCapabilities(1000) }, { seccomp });
    const at = placeOf(lines, 'setSeccompFilter');
    const administrator = `0x${(1n << BigInt(capabilities.CAP_SYS_ADMIN)).toString(16)}`;
    assert.equal(lines[at - 1], `setCapabilities ${administrator} ${administrator} 0x0`);
    assert.equal(lines[at + 1], 'setCapabilities 0x0 0x0 0x0');
    assert.equal(count(lines, 'setNoNewPrivileges'), 0);
  });

  it('has no filter where there is none', () => {
    assert.equal(count(programLines(), 'setSeccompFilter'), 0);
    assert.equal(count(programLines(), 'setCapabilities'), 1);
  });

  it('gives the flags of the filter to the kernel', () => {
    assert.match(
      programLines({}, { seccomp }).join('\n'),
      /^setSeccompFilter 2 instructions SECCOMP_\w+_LOG$/m,
    );
  });

  it('raises ambient capabilities last and passes over those that can not be raised', () => {
    const sets = { ...plainCapabilities(0), ambient: ['CAP_NET_BIND_SERVICE' as const, 'CAP_KILL' as const] };
    const lines = programLines({ capabilities: sets });
    const at = placeOf(lines, 'clearAmbientCapabilities');
    assert.deepEqual(lines.slice(at + 1, at + 3), [
      'raiseAmbientCapability CAP_NET_BIND_SERVICE [accepts EPERM]',
      'raiseAmbientCapability CAP_KILL [accepts EPERM]',
    ]);
    assert.ok(placeOf(lines, 'setCapabilities') < at);
  });

  it('takes the umask of the configuration, else the usual one', () => {
    const user = { uid: 1, gid: 2 };
    assert.ok(programLines({ user: { ...user, umask: 0o077 } }).includes('setUmask 077'));
    assert.ok(programLines({ user }).includes('setUmask 022'));
    assert.ok(programLines({ user }).includes('setGroups ""'));
  });

  it('looks for a command along the PATH of its environment', () => {
    assert.equal(
      lastLine({ env: ['PATH=/usr/bin:/bin'] }),
      'execute /usr/bin/serve /bin/serve serve 1 variables',
    );
    assert.equal(lastLine({ args: ['/bin/x', '-y'], env: [] }), 'execute /bin/x /bin/x -y 0 variables');
    assert.equal(lastLine({ env: undefined }), 'execute ./serve serve 0 variables');
  });
});

describe('limitResources()', () => {
  it('sets every kind of limit, with -1 for none', () => {
    const rlimits = [
      { type: 'RLIMIT_CORE' as const, soft: 0, hard: -1 },
      { type: 'RLIMIT_MEMLOCK' as const, soft: -1, hard: -1 },
      { type: 'RLIMIT_RTTIME' as const, soft: 5, hard: 2 ** 53 - 1 },
    ];
    assert.deepEqual(limitLines({ rlimits }), [
      'setResourceLimit RLIMIT_CORE 0 RLIM_INFINITY',
      'setResourceLimit RLIMIT_MEMLOCK RLIM_INFINITY RLIM_INFINITY',
      'setResourceLimit RLIMIT_RTTIME 5 9007199254740991',
    ]);
  });

  it('sets the scheduler and the I/O priority while it may', () => {
    const lines = limitLines({
      rlimits: undefined,
      scheduler: { policy: 'SCHED_FIFO', priority: 4 },
      ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 6 },
    });
    assert.deepEqual(lines, ['setScheduler SCHED_FIFO (56 bytes)', 'setIoPriority IOPRIO_CLASS_BE 6']);
  });

  it('has nothing to do for a process that asks for nothing', () => {
    assert.deepEqual(limitLines({ rlimits: [] }), []);
  });
});
