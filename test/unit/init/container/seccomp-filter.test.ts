import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilter } from '../../../../init/container/seccomp-filter.ts';
import { bareLinux, bareSpec } from '../../../support/runnable-spec.ts';

test('compileFilter() gives whole instructions for this machine', () => {
  const filter = compileFilter(
    bareLinux({ seccomp: { defaultAction: 'SCMP_ACT_ALLOW', flags: ['SECCOMP_FILTER_FLAG_LOG'] } }),
  );
  assert.ok(filter !== undefined && filter.program.length > 0 && filter.program.length % 8 === 0);
  assert.equal(filter.flags, 2);
});

test('compileFilter() gives none where there is no profile', () => {
  assert.equal(compileFilter(bareSpec()), undefined);
});

test('compileFilter() names a value that makes no sense', () => {
  const seccomp = { defaultAction: 'SCMP_ACT_NOTIFY' as const };
  assert.throws(() => compileFilter(bareLinux({ seccomp })), { code: 'config', message: /defaultAction/ });
});
