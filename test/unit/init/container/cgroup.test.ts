import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cgroupPlan } from '../../../../init/container/cgroup.ts';
import { planLines, planLinesWithTolerance } from '../../../support/plan-text.ts';

const path = '/sys/fs/cgroup/containers/main';

test('cgroupPlan() hands controllers down to two cgroups below the one that has the limits', () => {
  assert.deepEqual(planLinesWithTolerance(cgroupPlan(path, ['memory'], { pids: 60 })), [
    'writeFile /sys/fs/cgroup/cgroup.subtree_control 0 0644 +memory [warns]',
    'makeDirectory /sys/fs/cgroup/containers 0755 [accepts EEXIST]',
    'writeFile /sys/fs/cgroup/containers/cgroup.subtree_control 0 0644 +memory [warns]',
    'makeDirectory /sys/fs/cgroup/containers/main 0755',
    'writeFile /sys/fs/cgroup/containers/main/pids.max 0 0644 60 [warns]',
    'writeFile /sys/fs/cgroup/containers/main/cgroup.subtree_control 0 0644 +memory [warns]',
    'makeDirectory /sys/fs/cgroup/containers/main/main 0755',
    'makeDirectory /sys/fs/cgroup/containers/main/exec 0755',
    'writeFile /sys/fs/cgroup/containers/main/main/pids.max 0 0644 60 [warns]',
  ]);
});

test('cgroupPlan() asks for each controller by itself, as any may be missing', () => {
  const lines = planLines(cgroupPlan(path, ['cpu', 'pids'], {}));
  assert.deepEqual(
    lines.filter((line) => line.includes(`${path}/cgroup.subtree_control`)).map((line) => line.slice(-5)),
    [' +cpu', '+pids'],
  );
});

test('cgroupPlan() limits nothing that nobody asked to limit', () => {
  assert.equal(
    planLines(cgroupPlan(path, [], {})).some((line) => line.includes('.max')),
    false,
  );
});
