import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listCgroupPids } from '../../../../init/metrics/cgroup-pids.ts';
import { makeKernelTree } from '../machine/kernel-tree.ts';

test('listCgroupPids() goes through all cgroups below, in order of pid, each once', (context) => {
  const root = makeKernelTree(context, {
    'cgroup.procs': '30\n4\n0\n',
    'service/cgroup.procs': '12\n30\n',
    'service/deep/cgroup.procs': '100\n',
    'empty/cgroup.procs': '',
    'memory.max': 'max\n',
  });
  assert.deepEqual(listCgroupPids(root), [4, 12, 30, 100]);
});

test('listCgroupPids() passes over a cgroup that can not be read', (context) => {
  const root = makeKernelTree(context, { 'cgroup.procs': '1\n', 'threaded/cgroup.procs/is-no-file': '' });
  assert.deepEqual(listCgroupPids(root), [1]);
});

test('listCgroupPids() is empty for a cgroup that is gone', () => {
  assert.deepEqual(listCgroupPids('/nowhere'), []);
});

test('listCgroupPids() looks at a thousand cgroups at most', (context) => {
  const files = Array.from({ length: 1100 }, (_, index) => [`c${index}/cgroup.procs`, `${index + 1}\n`]);
  const pids = listCgroupPids(makeKernelTree(context, Object.fromEntries(files) as Record<string, string>));
  assert.equal(pids.length, 1023);
});
