import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Plan } from '../../../../addon/plan.ts';
import { addDevices } from '../../../../init/container/devices-plan.ts';
import type { SpecDevice } from '../../../../protocol/oci/runtime-spec.ts';
import { planLinesWithTolerance } from '../../../support/plan-text.ts';

function linesOf(...devices: SpecDevice[]): string[] {
  const plan = new Plan();
  addDevices(plan, devices);
  return planLinesWithTolerance(plan);
}

/** The lines from the first one about this path on. */
const from = (lines: readonly string[], path: string, count: number): string[] => {
  const at = lines.findIndex((line) => line.split(' ').includes(path));
  return lines.slice(at, at + count);
};

describe('addDevices()', () => {
  it('makes the default nodes and links of every container', () => {
    const lines = linesOf();
    const made = lines.filter((line) => line.startsWith('makeNode ')).map((line) => line.split(' ')[1]);
    assert.deepEqual(made, [
      '/dev/null',
      '/dev/zero',
      '/dev/full',
      '/dev/random',
      '/dev/urandom',
      '/dev/tty',
    ]);
    assert.deepEqual(from(lines, '/dev/fd', 6), [
      'symlink /proc/self/fd /dev/fd [accepts EEXIST]',
      'symlink /proc/self/fd/0 /dev/stdin [accepts EEXIST]',
      'symlink /proc/self/fd/1 /dev/stdout [accepts EEXIST]',
      'symlink /proc/self/fd/2 /dev/stderr [accepts EEXIST]',
      'remove /dev/ptmx [accepts ENOENT]',
      'symlink pts/ptmx /dev/ptmx',
    ]);
  });

  it('replaces what is there, and gives the node the mode whatever the umask of init', () => {
    const disk: SpecDevice = {
      path: '/dev/disk',
      type: 'b',
      major: 8,
      minor: 1,
      fileMode: 0o660,
      uid: 3,
      gid: 6,
    };
    assert.deepEqual(from(linesOf(disk), '/dev/disk', 4), [
      'remove /dev/disk [accepts ENOENT]',
      'makeNode /dev/disk 060660 8 1',
      'changeMode /dev/disk 0660',
      'changeOwner /dev/disk 3 6',
    ]);
  });

  it('leaves a node to root that nobody else is to have', () => {
    const lines = linesOf({ path: '/dev/x', type: 'c', major: 1, minor: 3 });
    assert.equal(
      lines.some((line) => line.startsWith('changeOwner')),
      false,
    );
  });

  it('makes a fifo, which has no numbers', () => {
    const [, line] = from(linesOf({ path: '/dev/fifo', type: 'p', fileMode: 0o622 }), '/dev/fifo', 2);
    assert.equal(line, 'makeNode /dev/fifo 010622 0 0');
  });

  it('makes the directories of a node that lies deeper', () => {
    const lines = linesOf({ path: '/dev/snd/deep/seq', type: 'u', major: 116, minor: 1 });
    assert.deepEqual(from(lines, '/dev/snd/deep', 3), [
      'makeDirectories /dev/snd/deep 0755',
      'remove /dev/snd/deep/seq [accepts ENOENT]',
      'makeNode /dev/snd/deep/seq 020666 116 1',
    ]);
  });
});
