import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  makeCopiedDirectories,
  removeCopiedDirectories,
} from '../../../../init/container/copied-directories.ts';
import type { SpecMount } from '../../../../protocol/oci/runtime-spec.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { moveFiles } from '../../../support/moved-files.ts';
import { openFds } from '../../../support/open-descriptors.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { recordPlans } from '../../../support/recorded-plans.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const copied = (destination: string, options: string[] = []): SpecMount => ({
  destination,
  type: 'tmpfs',
  source: 'tmpfs',
  options: ['tmpcopyup', ...options],
});

function openMachine(context: TestContext) {
  const native = new FakeNative();
  context.after(() => native.dispose());
  const { log } = makeRecordingLog();
  const rootPath = scratchDirectory(context);
  for (const name of ['first', 'second']) mkdirSync(join(rootPath, name));
  chmodSync(join(rootPath, 'first'), 0o1770);
  const linesOf = recordPlans(context);
  return {
    rootPath,
    make: (...mounts: SpecMount[]) =>
      makeCopiedDirectories(native, log, mounts, { containerId: 'main', rootPath }),
    remove: () => removeCopiedDirectories(native, log, 'main'),
    plans: () => native.plans.map(linesOf),
    native,
  };
}

const copies = '/run/firstborn/copies/main';

describe('makeCopiedDirectories()', () => {
  it('lays memory of the size that is asked for over the directory, with its owner and mode', (context) => {
    const { rootPath, make, plans } = openMachine(context);
    const made = make(copied('/first', ['size=1m', 'ro']));
    assert.deepEqual([...made], [['/first', `${copies}/0/merged`]]);
    const { uid, gid } = statSync(rootPath);
    const [lines = []] = plans();
    assert.deepEqual(lines.slice(0, -1), [
      `makeDirectories ${copies}/0 0700`,
      `mount tmpfs ${copies}/0 tmpfs MS_NOSUID|MS_NODEV size=1m`,
      `makeDirectory ${copies}/0/upper 0755`,
      `changeOwner ${copies}/0/upper ${uid} ${gid}`,
      `changeMode ${copies}/0/upper 01770`,
      `makeDirectory ${copies}/0/work 0755`,
      `makeDirectory ${copies}/0/merged 0755`,
    ]);
    assert.match(
      lines.at(-1) ?? '',
      /^mount overlay \S+\/0\/merged overlay MS_NOSUID\|MS_NODEV lowerdir=\/proc\/self\/fd\/\d+,upperdir=/,
    );
  });

  it('gives each its own, and none to what the root does not have or what is no such mount', (context) => {
    const { make, plans } = openMachine(context);
    const before = openFds();
    const plain = { ...copied('/first'), options: [] };
    const made = make(
      plain,
      copied('/missing'),
      copied('/first'),
      { ...copied('/first'), type: 'bind' },
      copied('/second'),
    );
    assert.deepEqual(
      [...made],
      [
        ['/first', `${copies}/0/merged`],
        ['/second', `${copies}/1/merged`],
      ],
    );
    assert.equal(plans().length, 2);
    assert.equal(openFds(), before);
  });

  it('closes the directory when it can not be done', (context) => {
    const { native, make } = openMachine(context);
    const before = openFds();
    native.planResult = { state: 'failed', failure: { operation: 1, errno: 12 }, warnings: [] };
    assert.throws(() => make(copied('/first')), { code: 'guest' });
    assert.equal(openFds(), before);
  });
});

describe('removeCopiedDirectories()', () => {
  it('undoes all that were made, whatever stands in the way of some', (context) => {
    const { remove, plans } = openMachine(context);
    const root = scratchDirectory(context);
    for (const name of ['0', '1']) mkdirSync(join(root, copies, name), { recursive: true });
    moveFiles(context, root, ['/run/firstborn']);
    remove();
    assert.deepEqual(plans(), [
      [
        `unmount ${copies}/0 MNT_DETACH`,
        `removeDirectory ${copies}/0`,
        `unmount ${copies}/1 MNT_DETACH`,
        `removeDirectory ${copies}/1`,
        `removeDirectory ${copies}`,
      ],
    ]);
  });

  it('has nothing to do for a container without any', (context) => {
    const { remove, plans } = openMachine(context);
    remove();
    assert.deepEqual(plans(), []);
  });
});
