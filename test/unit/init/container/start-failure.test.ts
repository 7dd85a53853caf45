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
    const { failed, ...told } = explain(1, errno);
    assert.deepEqual(told, { code, message: `Cannot execute "serve": ${reason}` });
    assert.equal(failed?.operation, 'execve');
  });
}

test('explainStartFailure() tells the reason however long the command is', () => {
  const { message } = explainStartFailure(plan, { operation: 1, errno: 36 }, 'x'.repeat(100_000));
  assert.equal(message, `Cannot execute "${'x'.repeat(256)}…": ENAMETOOLONG`);
});

test('explainStartFailure() gives 125 and the operation for anything before the command', () => {
  const { code, message, failed } = explain(0, 30);
  assert.equal(code, 125);
  assert.deepEqual(failed, { operation: 'mkdir', errno: 'EROFS' });
  assert.match(message, /^Cannot mkdir "\/srv" 0755: EROFS/);
});

test('explainStartFailure() tells neither the arguments nor the environment of the command', () => {
  assert.equal(explain(1, 2).message.includes('secret'), false);
});

const directoryFailures: [errno: number, reason: string][] = [
  [2, 'no such directory (ENOENT)'],
  [13, 'permission denied (EACCES)'],
  [20, 'it is no directory (ENOTDIR)'],
  [40, 'ELOOP'],
];
for (const [errno, reason] of directoryFailures) {
  test(`explainStartFailure() tells why a working directory of errno ${errno} can't be entered`, () => {
    const inDirectory = new Plan().changeDirectory('/srv');
    assert.equal(
      explainStartFailure(inDirectory, { operation: 0, errno }, 'serve').message,
      `Cannot enter the directory "/srv": ${reason}`,
    );
  });
}
