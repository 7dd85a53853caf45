import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { resolveMountTarget, resolveMountTargets } from '../../../../init/container/mount-targets.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

/** A root with directories and with links that lead everywhere. */
function makeRoot(context: TestContext): string {
  const root = scratchDirectory(context);
  for (const path of ['opt/real/deep', 'etc', 'proc']) mkdirSync(join(root, path), { recursive: true });
  const links: [path: string, target: string][] = [
    ['opt/relative', 'real'],
    ['opt/absolute', '/opt/real'],
    ['opt/upwards', '../../../../opt/real'],
    ['opt/chain', 'relative'],
    ['opt/dangling', '/opt/made/later'],
    ['opt/loop', 'loop'],
    ['opt/kernel', '/proc/self/root'],
    ['proc/link', '/etc'],
  ];
  for (const [path, target] of links) symlinkSync(target, join(root, path));
  return root;
}

describe('resolveMountTarget()', () => {
  const targets: [path: string, resolved: string][] = [
    ['/opt/real/deep', '/opt/real/deep'],
    ['/opt/relative/deep', '/opt/real/deep'],
    ['/opt/absolute/new', '/opt/real/new'],
    ['/opt/upwards', '/opt/real'],
    ['/opt/chain/x', '/opt/real/x'],
    ['/opt/dangling/three', '/opt/made/later/three'],
    ['/missing/one/two', '/missing/one/two'],
    ['relative', '/relative'],
    ['/opt/../../../etc/./x', '/etc/x'],
    ['/', '/'],
  ];
  for (const [path, resolved] of targets) {
    it(`leads ${path} to ${resolved}`, (context) => {
      assert.equal(resolveMountTarget(makeRoot(context), path, []), resolved);
    });
  }

  it('leaves a loop of links to the mount, which fails', (context) => {
    assert.equal(resolveMountTarget(makeRoot(context), '/opt/loop/x', []), '/opt/loop/x');
  });

  it('follows no link below what is mounted by then', (context) => {
    const root = makeRoot(context);
    assert.equal(resolveMountTarget(root, '/proc/link/x', []), '/proc/link/x');
    assert.equal(resolveMountTarget(root, '/opt/kernel/x', []), '/proc/self/root/x');
    assert.equal(resolveMountTarget(root, '/opt/relative/x', ['/opt']), '/opt/relative/x');
    assert.equal(resolveMountTarget(root, '/opt/relative/x', ['/op']), '/opt/real/x');
  });
});

describe('resolveMountTargets()', () => {
  it('resolves each mount in the root as those before it leave it', (context) => {
    const mounts = ['/opt/absolute', '/opt/real/deep', '/etc', '/etc/x'].map((destination) => ({
      destination,
    }));
    assert.deepEqual(resolveMountTargets(makeRoot(context), mounts), [
      { destination: '/opt/real' },
      { destination: '/opt/real/deep' },
      { destination: '/etc' },
      { destination: '/etc/x' },
    ]);
  });

  it('changes nothing but the destination', (context) => {
    const mount = { destination: '/opt/relative', type: 'tmpfs', source: 'tmpfs', options: ['ro'] };
    assert.deepEqual(resolveMountTargets(makeRoot(context), [mount]), [
      { ...mount, destination: '/opt/real' },
    ]);
  });
});
