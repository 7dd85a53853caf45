import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSeccomp, parseSeccompText } from '../../../../protocol/oci/seccomp-profile.ts';

test('parseSeccompText() reads a profile with exact numbers', () => {
  const text = `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["clone"],"action":"SCMP_ACT_ERRNO",
    "args":[{"index":0,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}]}`;
  assert.equal(parseSeccompText(text, 'it').syscalls?.[0]?.args?.[0]?.value, 2n ** 64n - 1n);
});

test('parseSeccomp() refuses what is no profile with the path of the bad value', () => {
  assert.throws(() => parseSeccomp({ defaultAction: 'SCMP_ACT_ALLOW', flags: ['X'] }, 'seccomp.json'), {
    code: 'config',
    message: /^Cannot accept seccomp\.json: linux\.seccomp\.flags\[0\]: /,
  });
  for (const value of [null, undefined, 'default']) {
    assert.throws(() => parseSeccomp(value, 'seccomp.json'), {
      code: 'config',
      message: /^Cannot accept seccomp\.json: linux\.seccomp/,
    });
  }
});
