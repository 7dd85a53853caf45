import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { freezeCgroup, thawCgroup } from '../../../../init/machine/frozen-cgroup.ts';
import { addKernelFiles, makeKernelTree } from './kernel-tree.ts';

const running = { 'cgroup.freeze': '0\n', 'cgroup.events': 'populated 1\nfrozen 0\n' };
const frozen = { 'cgroup.events': 'populated 1\nfrozen 1\n' };

test('freezeCgroup() waits until every process has stopped', async (context) => {
  const path = makeKernelTree(context, running);
  const done = freezeCgroup(path, 5000);
  assert.equal(readFileSync(`${path}/cgroup.freeze`, 'latin1')[0], '1');
  addKernelFiles(path, frozen);
  await done;
});

test('freezeCgroup() throws when they do not stop in time', async (context) => {
  const path = makeKernelTree(context, running);
  await assert.rejects(freezeCgroup(path, 0), {
    code: 'guest',
    message: `Cannot freeze the cgroup "${path}" within 0 ms`,
  });
});

test('freezeCgroup() throws when there is no such cgroup, or the kernel can not freeze', async () => {
  await assert.rejects(freezeCgroup('/nowhere', 0), { message: 'Cannot freeze the cgroup "/nowhere"' });
});

test('freezeCgroup() is content when the cgroup goes meanwhile', async (context) => {
  const path = makeKernelTree(context, running);
  rmSync(`${path}/cgroup.events`);
  await freezeCgroup(path, 0);
});

test('thawCgroup() lets it go on, and needs nothing of a cgroup that is gone', (context) => {
  const path = makeKernelTree(context, { 'cgroup.freeze': '1\n' });
  assert.equal(thawCgroup(path), true);
  assert.equal(readFileSync(`${path}/cgroup.freeze`, 'latin1')[0], '0');
  assert.equal(thawCgroup('/nowhere'), true);
});

test('thawCgroup() says that the kernel refused', (context) => {
  assert.equal(thawCgroup(makeKernelTree(context, { 'cgroup.freeze/is-no-file': '' })), false);
});
