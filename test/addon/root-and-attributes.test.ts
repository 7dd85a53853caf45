import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  AT_RECURSIVE,
  CLONE_NEWNS,
  MNT_DETACH,
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_RDONLY,
  MS_BIND,
  MS_PRIVATE,
  MS_REC,
  MS_SHARED,
} from '../../addon/constants.ts';
import type { Plan } from '../../addon/plan.ts';
import { type ChildResult, runChild, shell } from './support/child.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
const inner = join(scratch, 'inner');

/** A child in a mount namespace of its own with two tmpfs, one below the other. */
function runMounts(build: (plan: Plan) => void): Promise<ChildResult> {
  return runChild(
    (plan) => {
      plan.mount({ target: '/', flags: MS_REC | MS_PRIVATE });
      plan.mount({ source: 'tmpfs', target: scratch, type: 'tmpfs', data: 'mode=0755' });
      plan.makeDirectory(inner, 0o755).mount({ source: 'tmpfs', target: inner, type: 'tmpfs' });
      build(plan);
    },
    { namespaces: CLONE_NEWNS },
  );
}

/** Enough of a root for a shell: /usr, and what Debian links into it. */
const makeRoot = (plan: Plan): void => {
  plan.makeDirectory(join(scratch, 'usr'), 0o755);
  plan.mount({ source: '/usr', target: join(scratch, 'usr'), flags: MS_BIND | MS_REC });
  for (const name of ['bin', 'lib', 'lib64']) plan.symlink(`usr/${name}`, join(scratch, name));
};

/** Options of a mount as the kernel lists them, in the first of these fields, and its propagation. */
const showMount = (path: string): string => `awk '$5 == "${path}" { print $6, $7 }' /proc/self/mountinfo`;

describe('setMountAttributes()', () => {
  it('sets and clears attributes of one mount', async () => {
    const { output, failure } = await runMounts((plan) => {
      plan.setMountAttributes(scratch, 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, 0, 0);
      plan.setMountAttributes(scratch, 0, MOUNT_ATTR_NOATIME, MOUNT_ATTR_RDONLY | MOUNT_ATTR__ATIME, 0);
      shell(plan, `${showMount(scratch)}; ${showMount(inner)}`);
    });
    assert.equal(failure, undefined);
    assert.equal(output, 'rw,nodev,noatime -\nrw,relatime -\n');
  });

  it('reaches all mounts below, too', async () => {
    const { output } = await runMounts((plan) => {
      plan.setMountAttributes(scratch, AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0, 0);
      plan.writeFile(join(inner, 'file'), 'x', { create: true }, { accept: ['EROFS'] });
      shell(plan, `${showMount(scratch)}; ls ${inner}`);
    });
    assert.equal(output, 'ro,relatime -\n');
  });

  it('sets the propagation', async () => {
    const { output } = await runMounts((plan) => {
      plan.setMountAttributes(scratch, 0, 0, 0, MS_SHARED);
      shell(plan, showMount(scratch));
    });
    assert.match(output, /^rw,relatime shared:\d+\n$/);
  });

  it('reports a path that is no mount point', async () => {
    const { failure } = await runMounts((plan) => {
      plan.makeDirectory(join(scratch, 'plain'), 0o755);
      plan.setMountAttributes(join(scratch, 'plain'), 0, MOUNT_ATTR_RDONLY, 0, 0);
    });
    assert.deepEqual([failure?.syscall, failure?.code], ['mount_setattr', 'EINVAL']);
  });
});

describe('pivotRoot()', () => {
  it('makes a mount the root and leaves nothing of the old one', async () => {
    const { output, failure } = await runMounts((plan) => {
      makeRoot(plan);
      plan.changeDirectory(scratch).pivotRoot('.', '.').unmount('.', MNT_DETACH).changeDirectory('/');
      shell(plan, 'echo /*');
    });
    assert.equal(failure, undefined);
    assert.equal(output, '/bin /inner /lib /lib64 /usr\n');
  });

  it('puts the old root at a directory', async () => {
    const { output } = await runMounts((plan) => {
      makeRoot(plan);
      plan.pivotRoot(scratch, inner).changeDirectory('/');
      shell(plan, `test -e /inner${import.meta.filename} && echo there`);
    });
    assert.equal(output, 'there\n');
  });

  it('reports a directory that is no mount', async () => {
    const { failure } = await runMounts((plan) => {
      plan.makeDirectory(join(scratch, 'plain'), 0o755).pivotRoot(join(scratch, 'plain'), inner);
    });
    assert.deepEqual([failure?.syscall, failure?.code], ['pivot_root', 'EINVAL']);
  });
});
