import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { completeEnvironment } from '../../../../init/container/process-defaults.ts';
import { plainProcess } from '../../../support/runnable-spec.ts';

const complete = (env: string[] | undefined): string[] | undefined =>
  completeEnvironment(plainProcess({ env }), () => '/home/app').env;

describe('completeEnvironment()', () => {
  const environments: [what: string, env: string[] | undefined, complete: string[]][] = [
    ['adds HOME where there is no environment', undefined, ['HOME=/home/app']],
    ['keeps a HOME that is set', ['HOME=/x', 'A=1'], ['HOME=/x', 'A=1']],
    ['fills a HOME that is empty', ['HOME=', 'A=1'], ['HOME=/home/app', 'A=1']],
    ['takes the last value at the first place', ['A=1', 'B=2', 'A=3'], ['A=3', 'B=2', 'HOME=/home/app']],
    ['keeps what stands behind the first equals sign', ['A=b=c'], ['A=b=c', 'HOME=/home/app']],
  ];
  for (const [what, env, expected] of environments) {
    it(what, () => {
      assert.deepEqual(complete(env), expected);
    });
  }
});
