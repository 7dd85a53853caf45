import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overlayPlan } from '../../../../init/phases/root.ts';
import { planLines } from '../../../support/plan-text.ts';

test('overlayPlan() gives the upper directory what the root of the image has, then joins the two', () => {
  const plan = overlayPlan({ format: 'erofs', writableMiB: 64 }, { mode: 0o1777, uid: 5, gid: 6 });
  assert.deepEqual(planLines(plan), [
    'mount overlay /overlay tmpfs MS_NOSUID|MS_NODEV mode=0755,size=64m',
    'makeDirectory /overlay/upper 01777',
    'changeMode /overlay/upper 01777',
    'changeOwner /overlay/upper 5 6',
    'makeDirectory /overlay/work 0755',
    'mount overlay /newroot overlay MS_NODEV|MS_NOATIME lowerdir=/image,upperdir=/overlay/upper,workdir=/overlay/work',
  ]);
});

test('overlayPlan() lets no device of the image be opened, since none stands between it and the disks', () => {
  const lines = planLines(overlayPlan({ format: 'erofs' }, { mode: 0o755, uid: 0, gid: 0 }));
  for (const mount of lines.filter((line) => line.startsWith('mount '))) assert.match(mount, /\bMS_NODEV\b/);
});

test('overlayPlan() takes half of the memory for writing when nobody says', () => {
  const [mount] = planLines(overlayPlan({ format: 'erofs' }, { mode: 0o755, uid: 0, gid: 0 }));
  assert.equal(mount, 'mount overlay /overlay tmpfs MS_NOSUID|MS_NODEV mode=0755,size=50%');
});
