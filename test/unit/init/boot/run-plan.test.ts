import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MS_NOSUID } from '../../../../addon/constants.ts';
import { Plan } from '../../../../addon/plan.ts';
import { operationError, phraseOperation, runPlan } from '../../../../init/boot/run-plan.ts';
import { describeError, type FirstbornError } from '../../../../protocol/errors.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';

const makePlan = (): Plan =>
  new Plan()
    .makeDirectory('/proc', 0o555, { orWarn: true })
    .mount({ source: 'proc', target: '/proc', type: 'proc', flags: MS_NOSUID });

test('runPlan() hands the bytes of the plan to the native side', () => {
  const native = new FakeNative();
  runPlan(native, makeRecordingLog().log, makePlan());
  assert.deepEqual(native.plans, [makePlan().bytes()]);
});

test('runPlan() throws an error that names the failed operation, its arguments and the errno', () => {
  const native = new FakeNative();
  native.planResult = { state: 'failed', failure: { operation: 1, errno: 1 }, warnings: [] };
  assert.throws(
    () => runPlan(native, makeRecordingLog().log, makePlan()),
    (error: FirstbornError) => {
      assert.equal(error.code, 'guest');
      assert.match(
        describeError(error),
        /^Cannot mount "proc" at "\/proc" as "proc" \(MS_NOSUID\): EPERM in /,
      );
      assert.deepEqual(error.system, {
        syscall: 'mount',
        arguments: ['proc', '/proc', 'proc', 'MS_NOSUID', ''],
        errno: 1,
        code: 'EPERM',
      });
      return true;
    },
  );
});

test('operationError() tells where in the sources the operation came from', () => {
  const error = operationError(makePlan(), { operation: 0, errno: 17 });
  assert.match(describeError(error), /: EEXIST in makePlan .*run-plan\.test\.ts:\d+:\d+\)?$/);
});

test('runPlan() logs what a plan went on after, also when it failed later', () => {
  const native = new FakeNative();
  const warnings = [{ operation: 0, errno: 30 }];
  const { log, lines } = makeRecordingLog();
  native.planResult = { state: 'done', warnings };
  runPlan(native, log, makePlan());
  native.planResult = { state: 'failed', failure: { operation: 1, errno: 1 }, warnings };
  assert.throws(() => runPlan(native, log, makePlan()));
  const line = {
    level: 40,
    operation: 'mkdir',
    arguments: ['/proc', '0555'],
    errno: 'EROFS',
    msg: 'an operation failed; going on without it',
  };
  assert.deepEqual(lines, [line, line]);
});

const phrases: [syscall: string, words: string[], phrase: string][] = [
  ['mkdir', ['/image', '0755'], 'mkdir "/image" 0755'],
  ['setsid', [], 'setsid'],
  ['kill', ['-1', '15'], 'kill -1 15'],
  ['symlink', ['pts/ptmx', '/dev/ptmx'], 'symlink "pts/ptmx" "/dev/ptmx"'],
  ['mount', ['proc', '/proc', 'proc', '0', ''], 'mount "proc" at "/proc" as "proc"'],
  ['mount', ['none', '/', '', 'MS_REC|MS_PRIVATE', ''], 'mount "none" at "/" (MS_REC|MS_PRIVATE)'],
  [
    'mount',
    ['shm', '/dev/shm', 'tmpfs', 'MS_NOSUID', 'mode=1777'],
    'mount "shm" at "/dev/shm" as "tmpfs" (MS_NOSUID, mode=1777)',
  ],
];
for (const [syscall, words, phrase] of phrases) {
  test(`phraseOperation() says "${phrase}"`, () => assert.equal(phraseOperation(syscall, words), phrase));
}
