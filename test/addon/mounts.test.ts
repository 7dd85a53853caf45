import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  AT_RECURSIVE,
  CLONE_NEWNS,
  MNT_DETACH,
  MS_BIND,
  MS_MOVE,
  MS_NODEV,
  MS_NOSUID,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  OPEN_TREE_CLONE,
} from '../../addon/constants.ts';
import type { Plan } from '../../addon/plan.ts';
import { type ChildResult, runChild, shell } from './support/child.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
const at = (name: string): string => join(scratch, name);

/** A child in a mount namespace of its own, from which nothing gets back. */
function runMounts(build: (plan: Plan) => void): Promise<ChildResult> {
  return runChild(
    (plan) => {
      plan.mount({ target: '/', flags: MS_REC | MS_PRIVATE });
      plan.mount({ source: 'tmpfs', target: scratch, type: 'tmpfs', data: 'size=1m,mode=0700' });
      build(plan);
    },
    { namespaces: CLONE_NEWNS },
  );
}

describe('mount()', () => {
  it('hands over type, flags and data', async () => {
    const { output } = await runMounts((plan) => {
      plan.makeDirectory(at('t'), 0o755);
      const options = 'size=64k,mode=1777';
      plan.mount({
        source: 'mine',
        target: at('t'),
        type: 'tmpfs',
        flags: MS_NOSUID | MS_NODEV,
        data: options,
      });
      shell(plan, `grep " ${at('t')} " /proc/self/mounts`);
    });
    assert.match(output, /^mine \S+ tmpfs rw,nosuid,nodev,(?:\S*,)?size=64k\S* 0 0\n$/);
    assert.doesNotMatch(output, /mode=700/);
  });

  it('binds, remounts read-only and moves', async () => {
    const { output } = await runMounts((plan) => {
      plan.makeDirectory(at('a'), 0o755).makeDirectory(at('b'), 0o755).makeDirectory(at('c'), 0o755);
      plan.writeFile(at('a/file'), 'content', { create: true });
      plan.mount({ source: at('a'), target: at('b'), flags: MS_BIND });
      plan.mount({ target: at('b'), flags: MS_BIND | MS_REMOUNT | MS_RDONLY });
      plan.mount({ source: at('b'), target: at('c'), flags: MS_MOVE });
      plan.writeFile(at('c/file'), 'x', {}, { accept: ['EROFS'] });
      shell(plan, `cat ${at('c/file')}; ls -A ${at('b')}`);
    });
    assert.equal(output, 'content');
  });

  it('reports an unknown filesystem and a missing target', async () => {
    const unknown = await runMounts((plan) => plan.mount({ target: scratch, type: 'nofs' }));
    assert.equal(unknown.failure?.code, 'ENODEV');
    const missing = await runMounts((plan) => plan.mount({ target: at('gone'), type: 'tmpfs' }));
    assert.deepEqual(missing.failure?.arguments, ['none', at('gone'), 'tmpfs', '0', '']);
    assert.equal(missing.failure?.code, 'ENOENT');
    assert.deepEqual(missing.exit, { state: 'exited', pid: missing.pid, code: 125 });
  });

  it('reaches no other mount namespace', async () => {
    const { output } = await runChild((plan) => shell(plan, `grep -c ${scratch} /proc/self/mounts`));
    assert.equal(output, '0\n');
  });
});

describe('unmount()', () => {
  it('unmounts, and detaches what is busy', async () => {
    const { output, handshake } = await runMounts((plan) => {
      plan.changeDirectory(scratch);
      plan.unmount(scratch, 0, { accept: ['EBUSY'] });
      plan.unmount(scratch, MNT_DETACH).changeDirectory('/');
      shell(plan, `grep -c ${scratch} /proc/self/mounts`);
    });
    assert.equal(handshake.state, 'executed');
    assert.equal(output, '0\n');
  });
});

describe('openTree() and moveMount()', () => {
  it('carry a mount from outside into a new root', async () => {
    mkdirSync(at('volume'));
    writeFileSync(at('volume/data'), 'from outside');
    const { output, failure } = await runChild(
      (plan) => {
        plan.mount({ target: '/', flags: MS_REC | MS_PRIVATE });
        plan.openTree(5, at('volume'), OPEN_TREE_CLONE | AT_RECURSIVE);
        plan.mount({ source: 'tmpfs', target: scratch, type: 'tmpfs' });
        plan.makeDirectory(at('mnt'), 0o755).symlink('mnt', at('link'));
        plan.moveMount(5, at('link'));
        shell(plan, `cat ${at('mnt/data')}`);
      },
      { namespaces: CLONE_NEWNS },
    );
    assert.equal(failure, undefined);
    assert.equal(output, 'from outside');
  });

  it('hold a detached copy of a file, too', async () => {
    mkdirSync(at('files'));
    writeFileSync(at('files/source'), 'source');
    writeFileSync(at('files/target'), 'target');
    symlinkSync('target', at('files/link'));
    const { output } = await runChild(
      (plan) => {
        plan.mount({ target: '/', flags: MS_REC | MS_PRIVATE });
        plan.openTree(0, at('files/source'), OPEN_TREE_CLONE).moveMount(0, at('files/link'));
        shell(plan, `cat ${at('files/target')}`);
      },
      { namespaces: CLONE_NEWNS },
    );
    assert.equal(output, 'source');
  });

  it('report a path that is missing', async () => {
    const { failure } = await runMounts((plan) => plan.openTree(0, at('gone'), OPEN_TREE_CLONE));
    assert.deepEqual(failure?.arguments, ['slot 0', at('gone'), 'OPEN_TREE_CLONE']);
    assert.deepEqual([failure?.syscall, failure?.code], ['open_tree', 'ENOENT']);
  });
});
