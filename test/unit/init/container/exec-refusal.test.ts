import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestRefusal } from '../../../../init/channel/requests.ts';
import { refuseExec, refuseStart } from '../../../../init/container/exec-refusal.ts';
import { FirstbornError } from '../../../../protocol/errors.ts';

const parts = ({ code, message, details }: RequestRefusal): object => ({ code, message, details });

test('refuseStart() says which operation failed, and how a shell would have exited', () => {
  const failed = { operation: 'execve', errno: 'ENOENT' };
  assert.deepEqual(parts(refuseStart({ code: 127, message: 'Cannot execute "x"', failed })), {
    code: 'failed',
    message: 'Cannot execute "x"',
    details: { failed, exitCode: 127 },
  });
});

test('refuseStart() blames the request for a working directory that is not there', () => {
  const failed = { operation: 'chdir', errno: 'ENOENT' };
  assert.equal(refuseStart({ code: 125, message: 'm', failed }).details.exitCode, 126);
});

test('refuseStart() has no operation for a process that died of something else', () => {
  assert.deepEqual(refuseStart({ code: 125, message: 'm' }).details, { exitCode: 125 });
});

test('refuseExec() passes a refusal on', () => {
  const refusal = new RequestRefusal('busy', 'm');
  assert.equal(refuseExec(refusal, 'x'), refusal);
});

test('refuseExec() tells an unknown user, a passed deadline and a failure of its own apart', () => {
  assert.deepEqual(parts(refuseExec(new FirstbornError('config', 'Cannot find the user "x"'), 'id')), {
    code: 'failed',
    message: 'Cannot find the user "x"',
    details: { exitCode: 126 },
  });
  assert.equal(refuseExec(new FirstbornError('timeout', 'late'), 'id').code, 'deadline');
  assert.equal(refuseExec(new FirstbornError('guest', 'm'), 'id').details.exitCode, 125);
});

test('refuseExec() names the system call of a native error', () => {
  const error = Object.assign(new Error('EAGAIN: clone3'), { code: 'EAGAIN', errno: 11, syscall: 'clone3' });
  assert.deepEqual(parts(refuseExec(error, 'id')), {
    code: 'failed',
    message: 'Cannot start "id": EAGAIN: clone3',
    details: { failed: { operation: 'clone3', errno: 'EAGAIN' }, exitCode: 125 },
  });
});
