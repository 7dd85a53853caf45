import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execProcess } from '../../../../init/container/exec-process.ts';
import type { RunnableProcess } from '../../../../init/container/runnable-spec.ts';
import { ExecParams } from '../../../../protocol/messages.ts';
import { plainCapabilities, plainProcess } from '../../../support/runnable-spec.ts';

const container = plainProcess({
  env: ['PATH=/bin', 'HOME=/root', 'A=1'],
  rlimits: [],
  noNewPrivileges: true,
  oomScoreAdj: 5,
});
const app = { uid: 1000, gid: 1001, additionalGids: [20], home: '/home/app' };
const exec = (params: object, user?: typeof app): RunnableProcess =>
  execProcess(container, ExecParams.parse({ args: ['id'], ...params }), user);

test('execProcess() is as the first process where the request says nothing', () => {
  assert.deepEqual(exec({}), { ...container, args: ['id'] });
});

test('execProcess() lays the variables of the request over those of the container, in place', () => {
  assert.deepEqual(exec({ env: { A: '2', B: '=x' } }).env, ['PATH=/bin', 'HOME=/root', 'A=2', 'B==x']);
});

test('execProcess() takes the directory of the request', () => {
  assert.equal(exec({ cwd: '/tmp' }).cwd, '/tmp');
});

test('execProcess() takes the groups, the privileges and the home of another user', () => {
  const process = exec({ user: 'app' }, app);
  assert.deepEqual(process.user, { uid: 1000, gid: 1001, additionalGids: [20], umask: 0o022 });
  assert.deepEqual(process.capabilities, plainCapabilities(1000));
  assert.deepEqual(process.capabilities?.effective, []);
  assert.ok(process.env?.includes('HOME=/home/app'));
  assert.equal(process.noNewPrivileges, true);
});

test('execProcess() leaves HOME to the request', () => {
  assert.ok(exec({ user: 'app', env: { HOME: '/x' } }, app).env?.includes('HOME=/x'));
});

test('execProcess() says what the terminal is, where nobody has', () => {
  const terminal = { rows: 24, columns: 80 };
  assert.ok(exec({ terminal }).env?.includes('TERM=xterm'));
  assert.ok(exec({ terminal, env: { TERM: 'vt100' } }).env?.includes('TERM=vt100'));
  assert.equal(
    exec({ terminal, detach: true }).env?.some((entry) => entry.startsWith('TERM=')),
    false,
  );
});
