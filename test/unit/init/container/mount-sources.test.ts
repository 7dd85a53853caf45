import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  bindSourcePath,
  isBind,
  type MountSurroundings,
  type PreparedMount,
  prepareMounts,
} from '../../../../init/container/mount-sources.ts';
import type { SpecMount } from '../../../../protocol/oci/runtime-spec.ts';
import { noSurroundings } from '../../../support/container-plan-input.ts';
import { moveFiles } from '../../../support/moved-files.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

function prepare(mount: SpecMount, changes: Partial<MountSurroundings> = {}): PreparedMount {
  const [prepared] = prepareMounts([mount], { ...noSurroundings, ...changes });
  assert.ok(prepared !== undefined);
  return prepared;
}

const tmpfs = (options: string[]): SpecMount => ({
  destination: '/t',
  type: 'tmpfs',
  source: 'tmpfs',
  options,
});

describe('isBind()', () => {
  const binds: [what: string, mount: Partial<SpecMount>, bind: boolean][] = [
    ['a type', { type: 'bind' }, true],
    ['an option', { type: 'none', options: ['ro', 'bind'] }, true],
    ['a recursive option without a type', { options: ['rbind'] }, true],
    ['neither', { type: 'tmpfs', options: ['ro'] }, false],
  ];
  for (const [what, mount, bind] of binds) {
    it(`goes by ${what}`, () => {
      assert.equal(isBind({ destination: '/x', ...mount }), bind);
    });
  }
});

const isDirectory = (source: string): boolean | undefined =>
  prepare({ destination: '/x', source, options: ['bind'] }).bind?.isDirectory;

describe('prepareMounts()', () => {
  it('looks for a relative source below the bundle', () => {
    assert.equal(bindSourcePath('data/file'), '/config/bundle/data/file');
    assert.equal(bindSourcePath('/data'), '/data');
  });

  it('finds out whether the source of a bind is a directory', (context) => {
    const root = scratchDirectory(context);
    mkdirSync(join(root, 'config/bundle/tree'), { recursive: true });
    writeFileSync(join(root, 'config/bundle/file'), '');
    moveFiles(context, root, ['/config']);
    assert.deepEqual([isDirectory('tree'), isDirectory('file')], [true, false]);
    assert.equal(isDirectory('missing'), true, 'the mount itself tells of it');
  });

  it("shows the container's own terminals, whatever its devpts says", () => {
    const options = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'];
    assert.deepEqual(prepare({ destination: '/dev/pts', type: 'devpts', source: 'devpts', options }), {
      mount: {
        destination: '/dev/pts',
        type: 'bind',
        source: 'devpts',
        options: ['bind', 'nosuid', 'noexec'],
      },
      bind: { source: '/run/firstborn/pts/main', isDirectory: true },
    });
  });

  it('shows a directory that was copied for a tmpfs, with the flags of the mount', () => {
    const mount = tmpfs(['tmpcopyup', 'ro', 'size=1m', 'mode=755']);
    const prepared = prepare(mount, { copies: new Map([['/t', '/copies/0/merged']]) });
    assert.deepEqual(prepared.bind, { source: '/copies/0/merged', isDirectory: true });
    assert.deepEqual(prepared.mount.options, ['bind', 'ro']);
  });

  it('leaves a mount as it is that takes nothing of the machine', () => {
    const mount = tmpfs(['ro']);
    assert.deepEqual(prepare(mount).mount, mount);
    assert.equal(prepare(mount).bind, undefined);
  });

  it('gives a tmpfs the mode of the directory that it covers, unless its options have one', () => {
    const modes = new Map([['/t', 0o1777]]);
    assert.equal(prepare(tmpfs([]), { modes }).mode, 0o1777);
    assert.equal(prepare(tmpfs(['mode=700']), { modes }).mode, undefined);
    assert.equal(prepare({ ...tmpfs([]), destination: '/other' }, { modes }).mode, undefined);
    assert.equal(prepare({ ...tmpfs([]), type: 'proc' }, { modes }).mode, undefined);
  });

  it("gives a tmpfs to the container's root, whoever that is for the machine", () => {
    const root = { uid: 100_000, gid: 200_000 };
    assert.deepEqual(prepare(tmpfs(['uid=5']), { root }).mount.options, [
      'uid=100000',
      'gid=200000',
      'uid=5',
    ]);
    const proc = { destination: '/proc', type: 'proc', source: 'proc' };
    assert.deepEqual(prepare(proc, { root }).mount, proc);
  });
});
