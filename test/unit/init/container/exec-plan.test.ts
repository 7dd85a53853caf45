import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLONE_NEWIPC, CLONE_NEWNS } from '../../../../addon/constants.ts';
import { execPlan, type ExecPlanInput } from '../../../../init/container/exec-plan.ts';
import type { RunnableProcess } from '../../../../init/container/runnable-spec.ts';
import { planLines } from '../../../support/plan-text.ts';
import { plainCapabilities, plainProcess } from '../../../support/runnable-spec.ts';

const input = (changes: Partial<ExecPlanInput> = {}): ExecPlanInput => ({
  containerId: 'main',
  process: plainProcess({
    args: ['ls', '-l'],
    env: ['PATH=/usr/bin:/bin'],
    user: { uid: 1000, gid: 100, additionalGids: [50], umask: 0o022 },
    capabilities: plainCapabilities(1000),
  }),
  machineUser: { uid: 1000, gid: 100 },
  stdio: {
    kind: 'descriptors',
    ends: [
      { fd: 20, isPipe: false },
      { fd: 21, isPipe: true },
      { fd: 22, isPipe: true },
    ],
  },
  containerPidfd: 30,
  joinFlags: CLONE_NEWNS | CLONE_NEWIPC,
  lastCapability: 0,
  seccomp: undefined,
  ...changes,
});

test('execPlan() joins the container, then becomes the program as its first process did', () => {
  assert.deepEqual(planLines(execPlan(input())), [
    'setDumpable 0',
    'duplicateFd 20 0',
    'duplicateFd 21 1',
    'changeOwnerOfFd 1 1000 100',
    'duplicateFd 22 2',
    'changeOwnerOfFd 2 1000 100',
    'writeFile /proc/self/oom_score_adj 0 0644 0',
    'setResourceLimit RLIMIT_NOFILE 1024 4096',
    'joinSessionKeyring _ses.main 1058734080',
    'joinNamespaces 30 CLONE_NEWNS|CLONE_NEWIPC',
    'closeFds 3',
    'newSession',
    'changeDirectory /srv',
    'checkWorkingDirectory',
    'setUmask 022',
    'setKeepCapabilities 1',
    'setGroups 50',
    'setGroupId 100',
    'setUserId 1000',
    'setKeepCapabilities 0',
    'setCapabilities 0x0 0x0 0x0',
    'clearAmbientCapabilities',
    'execute /usr/bin/ls /bin/ls ls -l 1 variables',
  ]);
});

test('execPlan() gives a terminal to the user, and to the session as its own', () => {
  const lines = planLines(execPlan(input({ stdio: { kind: 'terminal', fd: 40, path: '/dev/pts/3' } })));
  assert.deepEqual(lines.slice(1, 5), [
    'duplicateFd 40 0',
    'duplicateFd 40 1',
    'duplicateFd 40 2',
    'changeOwnerOfFd 0 1000 4294967295',
  ]);
  assert.equal(lines[lines.indexOf('newSession') + 1], 'setControllingTerminal 0');
});

const linesOf = (process: Partial<RunnableProcess>): string[] =>
  planLines(execPlan(input({ process: plainProcess(process) })));

test('execPlan() puts the process onto the processors that execs are to end up on', () => {
  assert.ok(linesOf({ execCPUAffinity: { initial: '0', final: '1-2' } }).includes('setCpuAffinity 0x6'));
  assert.ok(linesOf({ execCPUAffinity: { initial: '0' } }).includes('setCpuAffinity 0x1'));
  assert.equal(
    linesOf({ execCPUAffinity: {} }).some((line) => line.startsWith('setCpuAffinity')),
    false,
  );
});

test('execPlan() has the limits, the priorities and the filter of the container', () => {
  const seccomp = { program: new Uint8Array(16), flags: 0 };
  const process = plainProcess({
    noNewPrivileges: true,
    scheduler: { policy: 'SCHED_BATCH', nice: 5 },
    ioPriority: { class: 'IOPRIO_CLASS_IDLE', priority: 0 },
  });
  const lines = planLines(execPlan(input({ process, seccomp })));
  for (const line of [
    'setScheduler SCHED_BATCH (56 bytes)',
    'setIoPriority IOPRIO_CLASS_IDLE 0',
    'setNoNewPrivileges',
    'setSeccompFilter 2 instructions 0',
  ]) {
    assert.ok(lines.includes(line), line);
  }
});

test('execPlan() reaches nothing of the container before it has given up what init has open', () => {
  const lines = planLines(execPlan(input()));
  const joined = lines.findIndex((line) => line.startsWith('joinNamespaces'));
  assert.equal(lines[joined + 1], 'closeFds 3');
  assert.ok(lines.indexOf('setDumpable 0') < joined);
});
