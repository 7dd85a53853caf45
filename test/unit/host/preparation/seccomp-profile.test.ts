import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { encodeSeccompProfile, loadSeccompProfile } from '../../../../host/preparation/seccomp-profile.ts';
import { parseSeccompText } from '../../../../protocol/oci/seccomp-profile.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const profile = `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[
  {"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]},
  {"names":["mount"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}}]}`;

describe('loadSeccompProfile()', () => {
  it('loads nothing where no file is named', async () => {
    for (const seccomp of ['default', 'unconfined', undefined] as const) {
      assert.equal(await loadSeccompProfile({ seccomp }, 'x86_64'), undefined);
    }
    assert.equal(encodeSeccompProfile(undefined), undefined);
  });

  it('goes by the capabilities of the container, and leaves numbers exact for the guest', async (context) => {
    const profilePath = join(scratchDirectory(context), 'p.json');
    writeFileSync(profilePath, profile);
    const load = async (container: object) =>
      await loadSeccompProfile({ ...container, seccomp: { profilePath } }, 'x86_64');
    const plain = await load({});
    assert.equal(plain?.syscalls?.length, 1);
    assert.equal((await load({ capAdd: ['CAP_SYS_ADMIN'] }))?.syscalls?.length, 2);
    assert.equal((await load({ privileged: true }))?.syscalls?.length, 2);
    const text = encodeSeccompProfile(plain)?.toString() ?? '';
    assert.match(text, /18446744073709551615/);
    assert.deepEqual(parseSeccompText(text, 'seccomp.json'), plain);
  });

  it('names the file in every refusal', async (context) => {
    const directory = scratchDirectory(context);
    const profilePath = join(directory, 'p.json');
    const load = async () => await loadSeccompProfile({ seccomp: { profilePath } }, 'x86_64');
    await assert.rejects(load(), { code: 'host', message: `Cannot read "${profilePath}"` });
    writeFileSync(profilePath, 'allow all');
    await assert.rejects(load(), { code: 'config', message: `Cannot parse "${profilePath}" as JSON` });
    writeFileSync(profilePath, '{"defaultAction":"ALLOW"}');
    await assert.rejects(load(), { code: 'config', message: /^Cannot accept ".*p\.json": linux\.seccomp/ });
  });
});
