import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CLONE_NEWIPC, CLONE_NEWNS } from '../../../../../addon/constants.ts';
import { type HookPlace, hookPlan } from '../../../../../init/container/hooks/hook-plan.ts';
import type { SpecHook } from '../../../../../protocol/oci/runtime-spec.ts';
import { planLines } from '../../../../support/plan-text.ts';

const inGuest: HookPlace = {
  kind: 'runtime',
  rootPath: '/newroot',
  hiddenMounts: ['/config'],
  hasBundle: false,
};
const inContainer: HookPlace = { kind: 'container', pidfd: 30, joinFlags: CLONE_NEWNS | CLONE_NEWIPC };

const linesOf = (place: HookPlace, hook: Partial<SpecHook> = {}): string[] =>
  planLines(hookPlan({ path: '/bin/hook', ...hook }, place, 8, 2));

/** What is executed at the end. */
const lastLine = (hook: Partial<SpecHook>): string => linesOf(inContainer, hook).at(-1) ?? '';

describe('hookPlan()', () => {
  it('puts the state on stdin and the output on the console, and keeps nothing else of init', () => {
    assert.deepEqual(linesOf(inContainer), [
      'setDumpable 0',
      'duplicateFd 8 0',
      'duplicateFd 2 1',
      'duplicateFd 2 2',
      'joinNamespaces 30 CLONE_NEWNS|CLONE_NEWIPC',
      'closeFds 3',
      'newSession',
      'changeDirectory /',
      'execute /bin/hook /bin/hook 1 variables',
    ]);
  });

  it("shows the guest's own /proc, /sys and /dev in the container's root, in a mount namespace of its own", () => {
    assert.deepEqual(linesOf(inGuest).slice(4), [
      'closeFds 3',
      'unshare CLONE_NEWNS',
      'mount none / "" MS_REC|MS_PRIVATE ""',
      'openTree slot 0 /proc OPEN_TREE_CLONE|AT_RECURSIVE',
      'openTree slot 1 /sys OPEN_TREE_CLONE|AT_RECURSIVE',
      'openTree slot 2 /dev OPEN_TREE_CLONE|AT_RECURSIVE',
      'openTree slot 120 /newroot OPEN_TREE_CLONE',
      'unmount /newroot MNT_DETACH',
      'unmount /config MNT_DETACH',
      'changeDirectoryToSlot slot 120',
      'moveMount slot 120 /',
      'changeRoot .',
      'changeDirectory /',
      'makeDirectories /run 0755',
      'mount tmpfs /run tmpfs MS_NOSUID|MS_NODEV mode=0755',
      'makeDirectories /proc 0755',
      'moveMount slot 0 /proc',
      'makeDirectories /sys 0755',
      'moveMount slot 1 /sys',
      'makeDirectories /dev 0755',
      'moveMount slot 2 /dev',
      'newSession',
      'changeDirectory /',
      'execute /bin/hook /bin/hook 1 variables',
    ]);
  });

  it('has the files of a bundle where the state says they are', () => {
    const lines = linesOf({ ...inGuest, hasBundle: true });
    assert.ok(lines.includes('openTree slot 3 /config/bundle OPEN_TREE_CLONE|AT_RECURSIVE'));
    assert.ok(
      lines.indexOf('makeDirectories /run/firstborn/bundle 0755') <
        lines.indexOf('moveMount slot 3 /run/firstborn/bundle'),
    );
  });

  it('gives the hook its own words and variables, or its path and the usual PATH', () => {
    assert.equal(
      lastLine({ args: ['hook', 'a'], env: ['A=1', 'B=2'] }),
      'execute /bin/hook hook a 2 variables',
    );
    assert.equal(lastLine({ args: [], env: [] }), 'execute /bin/hook /bin/hook 1 variables');
  });
});
