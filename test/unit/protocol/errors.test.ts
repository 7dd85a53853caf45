import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeError, FirstbornError } from '../../../protocol/errors.ts';

test('describeError() joins a message and its causes from the outside in', () => {
  const kernel = new Error('EPERM');
  const mount = new FirstbornError('guest', 'Cannot mount "proc" at "/proc"', { cause: kernel });
  const phase = new Error('Cannot finish phase "early mounts"', { cause: mount });
  assert.equal(
    describeError(phase),
    'Cannot finish phase "early mounts": Cannot mount "proc" at "/proc": EPERM',
  );
});

test('describeError() says a cause once that its wrapper repeats', () => {
  const error = new Error('Cannot read "x": ENOENT', { cause: new Error('ENOENT') });
  assert.equal(describeError(error), 'Cannot read "x": ENOENT');
});

test('describeError() prints thrown things that are no errors', () => {
  assert.equal(describeError('out of cheese'), "'out of cheese'");
  assert.equal(describeError({ code: 7 }), '{ code: 7 }');
  assert.equal(describeError(new Error('Cannot go on', { cause: 42 })), 'Cannot go on: 42');
  assert.equal(describeError(undefined), '');
});

test('describeError() ends although causes form a circle', () => {
  const first = new Error('first');
  const second = new Error('second', { cause: first });
  first.cause = second;
  assert.equal(describeError(first), 'first: second');
});

test('FirstbornError keeps its code, its cause and the failed call', () => {
  const system = { syscall: 'mount', arguments: ['proc', '/proc'], errno: 1, code: 'EPERM' };
  const cause = new Error('EPERM');
  const error = new FirstbornError('guest', 'Cannot mount "proc"', { cause, system });
  assert.equal(error.name, 'FirstbornError');
  assert.equal(error.code, 'guest');
  assert.equal(error.cause, cause);
  assert.deepEqual(error.system, system);
});

test('FirstbornError without a cause has no cause property', () => {
  const error = new FirstbornError('usage', 'Cannot understand "--x"');
  assert.equal('cause' in error, false);
  assert.equal(error.system, undefined);
});
