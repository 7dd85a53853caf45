import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

/** Runs a program as process 1 of a new pid namespace: there, orphans are its own to reap. */
function runAsPid1(program: string): string {
  return execFileSync('unshare', ['--pid', '--fork', '--mount-proc', process.execPath, program], {
    encoding: 'utf8',
    timeout: 60_000,
  });
}

test('PID 1 reaps two hundred orphans that are not its own', () => {
  const report = JSON.parse(runAsPid1(join(import.meta.dirname, 'support/reap-orphans.ts')));
  assert.equal(report.exit.value.code, 7);
  assert.deepEqual([report.orphans, report.processesLeft], [200, 1]);
});
