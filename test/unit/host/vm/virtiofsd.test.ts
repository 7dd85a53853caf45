import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  findVirtiofsd,
  virtiofsdCommand,
  virtiofsdFromHelp,
  type VirtiofsdProgram,
} from '../../../../host/vm/virtiofsd.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const ofQemu: VirtiofsdProgram = { path: '/c', dialect: 'qemu', refusesWrites: false };
const ofRust: VirtiofsdProgram = { path: '/r', dialect: 'rust', refusesWrites: true };
const service = {
  sandbox: 'namespace',
  socketPath: '/m/s.sock',
  directory: '/srv',
  readonly: false,
} as const;

const install = (directory: string, script: string): string => {
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'virtiofsd'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, 'virtiofsd'), 0o755);
  return bin;
};

describe('virtiofsdFromHelp()', () => {
  for (const [what, help, expected] of [
    ["QEMU's", '    -o source=PATH             shared directory tree\n', { ...ofQemu, path: '/v' }],
    ['the one in Rust', '--shared-dir <SHARED_DIR>\n--readonly\n', { ...ofRust, path: '/v' }],
    ['an older one in Rust', '--shared-dir <dir>\n', { ...ofRust, path: '/v', refusesWrites: false }],
    ['something else', 'usage: frobnicate', undefined],
  ] as const) {
    it(`knows ${what}`, () => assert.deepEqual(virtiofsdFromHelp('/v', help), expected));
  }
});

describe('virtiofsdCommand()', () => {
  it("speaks to QEMU's, whose option parser minds commas", () => {
    assert.deepEqual(virtiofsdCommand(ofQemu, { ...service, directory: '/a,b\\c' }), {
      program: '/c',
      args: ['--socket-path=/m/s.sock', '-o', 'source=/a\\,b\\\\c,sandbox=namespace,log_level=err'],
    });
  });

  it('speaks to the one in Rust, and has it refuse writes', () => {
    const words = ['--socket-path', '/m/s.sock', '--shared-dir', '/srv', '--sandbox', 'chroot'];
    assert.deepEqual(virtiofsdCommand(ofRust, { ...service, sandbox: 'chroot' }).args, words);
    const readonly = { ...service, sandbox: 'chroot', readonly: true } as const;
    assert.deepEqual(virtiofsdCommand(ofRust, readonly).args, [...words, '--readonly']);
    assert.deepEqual(virtiofsdCommand({ ...ofRust, refusesWrites: false }, readonly).args, words);
  });
});

describe('findVirtiofsd()', () => {
  it('takes the one in the search path and asks what it is', async (context) => {
    const bin = install(scratchDirectory(context), 'echo "--shared-dir DIR"');
    assert.deepEqual(await findVirtiofsd(bin), {
      state: 'found',
      program: { path: join(bin, 'virtiofsd'), dialect: 'rust', refusesWrites: false },
    });
  });

  it('says why one is of no use', async (context) => {
    const bin = install(scratchDirectory(context), 'exit 3');
    const search = await findVirtiofsd(bin);
    assert.equal(search.state, 'missing');
    assert.match('reason' in search ? search.reason : '', /virtiofsd" does not run \(Command failed/);
  });
});
