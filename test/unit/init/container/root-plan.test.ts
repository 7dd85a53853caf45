import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Plan } from '../../../../addon/plan.ts';
import {
  enterRoot,
  isolateMounts,
  makeReadonly,
  makeRootReadonly,
  maskPath,
  rootCgroupNamespace,
} from '../../../../init/container/root-plan.ts';
import { planLinesWithTolerance } from '../../../support/plan-text.ts';

function linesOf(build: (plan: Plan) => void): string[] {
  const plan = new Plan();
  build(plan);
  return planLinesWithTolerance(plan);
}

test('enterRoot() keeps what it needs in slots, takes away what is hidden and then enters', () => {
  const bind = { source: '/run/firstborn/volumes/0', isDirectory: true };
  const mounts = [{ mount: { destination: '/data', options: ['bind'] }, bind }];
  assert.deepEqual(
    linesOf((plan) => enterRoot(plan, { rootPath: '/newroot', hiddenMounts: ['/config', '/run'], mounts })),
    [
      'openTree slot 0 /run/firstborn/volumes/0 OPEN_TREE_CLONE',
      'openTree slot 120 /newroot OPEN_TREE_CLONE',
      'unmount /newroot MNT_DETACH [accepts EINVAL ENOENT]',
      'unmount /config MNT_DETACH [accepts EINVAL ENOENT]',
      'unmount /run MNT_DETACH [accepts EINVAL ENOENT]',
      'changeDirectoryToSlot slot 120',
      'moveMount slot 120 /',
      'changeRoot .',
      'changeDirectory /',
    ],
  );
});

test('isolateMounts() and rootCgroupNamespace() are one call each', () => {
  assert.deepEqual(linesOf(isolateMounts), ['mount none / "" MS_REC|MS_PRIVATE ""']);
  assert.deepEqual(linesOf(rootCgroupNamespace), ['unshare CLONE_NEWCGROUP']);
});

test('makeRootReadonly() leaves everything else that the root forbids', () => {
  assert.deepEqual(linesOf(makeRootReadonly), ['setMountAttributes / 0 MOUNT_ATTR_RDONLY 0 0']);
});

test('maskPath() covers a file or a directory, whichever it is, or neither', () => {
  assert.deepEqual(
    linesOf((plan) => maskPath(plan, '/proc/kcore')),
    [
      'mount /dev/null /proc/kcore "" MS_BIND "" [accepts ENOENT ENOTDIR]',
      'mount tmpfs /proc/kcore tmpfs MS_RDONLY "" [accepts ENOENT ENOTDIR]',
    ],
  );
});

test('makeReadonly() shows the path once more, with all below it, for reading; a missing one is passed over', () => {
  assert.deepEqual(
    linesOf((plan) => makeReadonly(plan, '/proc/sys')),
    [
      'mount /proc/sys /proc/sys "" MS_BIND|MS_REC "" [accepts ENOENT]',
      'setMountAttributes /proc/sys 0 MOUNT_ATTR_RDONLY 0 0 [accepts ENOENT]',
    ],
  );
});
