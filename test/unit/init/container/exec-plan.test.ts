import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilitiesOf } from '../../../../init/container/defaults.ts';
import { execPlan, type ExecPlanInput } from '../../../../init/container/exec-plan.ts';
import { planLines } from '../../../support/plan-text.ts';

const input = (changes: Partial<ExecPlanInput> = {}): ExecPlanInput => ({
  process: {
    args: ['ls', '-l'],
    env: ['PATH=/usr/bin:/bin'],
    cwd: '/srv',
    user: { uid: 1000, gid: 100, additionalGids: [50], umask: 0o022 },
    capabilities: capabilitiesOf(1000),
    rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 4096 }],
    noNewPrivileges: false,
    oomScoreAdj: 0,
  },
  stdio: {
    kind: 'descriptors',
    ends: [
      { fd: 20, isPipe: false },
      { fd: 21, isPipe: true },
      { fd: 22, isPipe: true },
    ],
  },
  containerPidfd: 30,
  lastCapability: 0,
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
    'joinNamespaces 30 CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC',
    'closeFds 3',
    'newSession',
    'setResourceLimit RLIMIT_NOFILE 1024 4096',
    'changeDirectory /srv',
    'setKeepCapabilities 1',
    'setGroups 50',
    'setGroupId 100',
    'setUserId 1000',
    'setKeepCapabilities 0',
    'setCapabilities 0x0 0x0 0x0',
    'clearAmbientCapabilities',
    'checkWorkingDirectory',
    'setUmask 022',
    'execute /usr/bin/ls /bin/ls ls -l 1 variables',
  ]);
});

test('execPlan() gives a terminal to the user, and to the session as its own', () => {
  const lines = planLines(execPlan(input({ stdio: { kind: 'terminal', fd: 40, path: '/dev/pts/3' } })));
  assert.deepEqual(lines.slice(1, 5), [
    'duplicateFd 40 0',
    'duplicateFd 40 1',
    'duplicateFd 40 2',
    'changeOwnerOfFd 0 1000 5',
  ]);
  assert.equal(lines[lines.indexOf('newSession') + 1], 'setControllingTerminal 0');
});
