import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CLONE_NEWNS, MS_PRIVATE, MS_REC } from '../../addon/constants.ts';
import type { Plan } from '../../addon/plan.ts';
import { type ChildResult, runChild, shell } from './support/child.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
const imagePath = join(scratch, 'image');
writeFileSync(imagePath, '');
truncateSync(imagePath, 16 * 1024 * 1024);
execFileSync('mkfs.ext4', ['-q', imagePath]);
const loopDevice = execFileSync('losetup', ['--find', '--show', imagePath], { encoding: 'utf8' }).trim();
after(() => execFileSync('losetup', ['--detach', loopDevice]));

/** A child with a disk of its own, mounted at `scratch` in its own mount namespace. */
function runWithDisk(build: (plan: Plan) => void): Promise<ChildResult> {
  return runChild(
    (plan) => {
      plan.mount({ target: '/', flags: MS_REC | MS_PRIVATE });
      plan.mount({ source: loopDevice, target: scratch, type: 'ext4' });
      build(plan);
    },
    { namespaces: CLONE_NEWNS },
  );
}

describe('freezeFilesystem() and thawFilesystem()', () => {
  it('stop a filesystem and let it go on', async () => {
    const file = join(scratch, 'file');
    const { output, failure, handshake } = await runWithDisk((plan) => {
      plan.writeFile(file, 'before', { create: true });
      plan.freezeFilesystem(scratch);
      // Frozen already: what a second freeze says proves the first.
      plan.freezeFilesystem(scratch, { orWarn: true });
      plan.thawFilesystem(file);
      plan.writeFile(file, ' and after', { append: true });
      plan.thawFilesystem(scratch, { orWarn: true });
      shell(plan, `cat ${file}`);
    });
    assert.equal(failure, undefined);
    assert.equal(output, 'before and after');
    const codes = handshake.warnings.map(({ errno }) => errno);
    assert.deepEqual(codes, [16, 22], 'EBUSY, EINVAL');
  });

  it('report a path that is missing and a filesystem that cannot be frozen', async () => {
    const missing = await runChild((plan) => plan.freezeFilesystem('/nowhere'));
    assert.deepEqual(
      [missing.failure?.syscall, missing.failure?.code, missing.failure?.arguments],
      ['FIFREEZE', 'ENOENT', ['/nowhere']],
    );
    const proc = await runChild((plan) => plan.thawFilesystem('/proc'));
    assert.deepEqual([proc.failure?.syscall, proc.failure?.code], ['FITHAW', 'EINVAL']);
    const frozenProc = await runChild((plan) => plan.freezeFilesystem('/proc'));
    assert.equal(frozenProc.failure?.code, 'EOPNOTSUPP');
  });

  it('do not wait for the other end of a FIFO', async () => {
    const fifo = join(scratch, 'fifo');
    const { failure } = await runChild((plan) => {
      plan.makeNode(fifo, 'fifo', 0o600, 0, 0).thawFilesystem(fifo);
    });
    assert.deepEqual([failure?.syscall, failure?.arguments], ['FITHAW', [fifo]]);
  });
});
