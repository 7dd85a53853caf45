import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeSpec, runnableSpec } from '../../../../init/container/runnable-spec.ts';
import { bareSpec } from '../../../support/runnable-spec.ts';

const process = { cwd: '/', user: { uid: 7, gid: 8 } };

test('runnableSpec() gives a configuration with a program as it is', () => {
  const spec = bareSpec();
  assert.deepEqual(runnableSpec(spec), spec);
});

for (const [what, spec] of [
  ['no process', { ociVersion: '1.2.0' }],
  ['no arguments', { ociVersion: '1.2.0', process }],
  ['an empty list of arguments', { ociVersion: '1.2.0', process: { ...process, args: [] } }],
] as const) {
  test(`runnableSpec() refuses ${what}`, () => {
    assert.throws(() => runnableSpec(spec as never), {
      code: 'config',
      message: 'Cannot run the configuration: process.args: expected a program',
    });
  });
}

test('completeSpec() adds the home of the user where the environment has none', () => {
  const asked: number[] = [];
  const spec = completeSpec(bareSpec({}, { user: { uid: 7, gid: 8 }, env: ['A=1'] }), (uid) => {
    asked.push(uid);
    return '/home/seven';
  });
  assert.deepEqual(spec.process.env, ['A=1', 'HOME=/home/seven']);
  assert.deepEqual(asked, [7]);
});
