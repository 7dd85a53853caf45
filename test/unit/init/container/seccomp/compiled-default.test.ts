import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { compileSeccomp } from '../../../../../init/container/seccomp/compile.ts';
import { compiledDefault } from '../../../../../init/container/seccomp/compiled-default.ts';
import type { CapabilityName } from '../../../../../protocol/oci/capability-names.ts';
import {
  defaultSeccomp,
  type MachineArchitecture,
} from '../../../../../protocol/oci/seccomp/default-profile.ts';

const machines: readonly MachineArchitecture[] = ['x64', 'arm64'];
const programsPath = join(import.meta.dirname, '../../../../../init/container/seccomp/default-programs.ts');

/** Compiles the default profile in earnest: a copy is not known to be the default one. */
function compileCopy(capabilities: CapabilityName[], architecture: MachineArchitecture): Uint8Array {
  const copy = structuredClone(defaultSeccomp({ capabilities, architecture }));
  return compileSeccomp(copy, { architecture }).program;
}

function sourceOfPrograms(): string {
  const entries = machines.map((architecture) => {
    const base64 = Buffer.from(compileCopy(['CAP_SYS_CHROOT'], architecture)).toString('base64');
    return `  ${architecture}: \`\n${base64.replaceAll(/.{1,108}/g, '$&\n')}\`,\n`;
  });
  return [
    '/**\n * What `compileSeccomp` makes of the default profile, in base64. Do not edit: a unit test compares it with the\n',
    ' * compiler, and with UPDATE_GOLDEN=1 it writes this file.\n */\n',
    `export const defaultPrograms = {\n${entries.join('')}};\n`,
  ].join('');
}

if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(programsPath, sourceOfPrograms());

describe('compiledDefault()', () => {
  for (const architecture of machines) {
    it(`has what the compiler makes of the default profile for ${architecture}`, () => {
      const usual = defaultSeccomp({
        capabilities: ['CAP_SYS_CHROOT', 'CAP_CHOWN', 'CAP_NET_RAW'],
        architecture,
      });
      const program = compiledDefault(usual, architecture);
      assert.deepEqual(program, compileCopy(['CAP_SYS_CHROOT'], architecture), 'UPDATE_GOLDEN=1 accepts it');
      assert.deepEqual(compileSeccomp(usual, { architecture }), { program, flags: 0 });
    });
  }

  it('leaves a profile for other capabilities to the compiler', () => {
    const sets: CapabilityName[][] = [[], ['CAP_SYS_CHROOT', 'CAP_SYS_ADMIN'], ['CAP_BPF']];
    for (const capabilities of sets) {
      const profile = defaultSeccomp({ capabilities, architecture: 'x64' });
      assert.equal(compiledDefault(profile, 'x64'), undefined);
      assert.deepEqual(
        compileSeccomp(profile, { architecture: 'x64' }).program,
        compileCopy(capabilities, 'x64'),
      );
    }
  });

  it('knows nothing of a profile that only looks like the default one, or is for another machine', () => {
    const profile = defaultSeccomp({ capabilities: ['CAP_SYS_CHROOT'], architecture: 'x64' });
    assert.equal(compiledDefault({ ...profile }, 'x64'), undefined);
    assert.equal(compiledDefault(profile, 'arm64'), undefined);
  });
});
