import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Plan } from '../../../../addon/plan.ts';
import { explainStartFailure } from '../../../../init/container/start-failure.ts';

const plan = new Plan()
  .makeDirectories('/srv', 0o755)
  .execute(['/usr/bin/serve', '/bin/serve'], ['serve', '--token=secret'], ['PASSWORD=secret']);
const explain = (operation: number, errno: number) =>
  explainStartFailure(plan, { operation, errno }, 'serve');

const failures: [errno: number, code: number, reason: string][] = [
  [2, 127, 'no such file, or its interpreter is missing (ENOENT)'],
  [13, 126, 'permission denied (EACCES)'],
  [8, 126, 'exec format error: not a program for this machine (ENOEXEC)'],
  [20, 126, 'a part of the path is not a directory (ENOTDIR)'],
  [21, 126, 'it is a directory (EISDIR)'],
  [26, 126, 'ETXTBSY'],
  [7, 126, 'E2BIG'],
  [12, 126, 'ENOMEM'],
  [40, 126, 'ELOOP'],
];
for (const [errno, code, reason] of failures) {
  test(`explainStartFailure() gives ${code} for a command of which execve says ${errno}`, () => {
    assert.deepEqual(explain(1, errno), { code, message: `Cannot execute "serve": ${reason}` });
  });
}

test('explainStartFailure() tells the reason however long the command is', () => {
  const { message } = explainStartFailure(plan, { operation: 1, errno: 36 }, 'x'.repeat(100_000));
  assert.equal(message, `Cannot execute "${'x'.repeat(256)}…": ENAMETOOLONG`);
});

test('explainStartFailure() gives 125 and the operation for anything before the command', () => {
  const { code, message } = explain(0, 30);
  assert.equal(code, 125);
  assert.match(message, /^Cannot mkdir "\/srv" 0755: EROFS/);
});

test('explainStartFailure() tells neither the arguments nor the environment of the command', () => {
  assert.equal(explain(1, 2).message.includes('secret'), false);
});
