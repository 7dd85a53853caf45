import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeRun, type RunEnd } from '../../../../host/cli/run-end.ts';
import type { MachineExit } from '../../../../host/client/index.ts';

describe('judgeRun()', () => {
  const table: [string, MachineExit, number | undefined, RunEnd][] = [
    ['an exit', { code: 42, reason: 'exited' }, undefined, { exitCode: 42, messages: [], isFailure: false }],
    [
      'an exit after the time limit',
      { code: 143, signal: 15, reason: 'signaled' },
      124,
      { exitCode: 124, messages: [], isFailure: false },
    ],
    [
      'a kill for memory',
      { code: 137, signal: 9, reason: 'oom' },
      undefined,
      { exitCode: 137, messages: [], isFailure: false },
    ],
    [
      'a workload that did not start',
      { code: 127, reason: 'not-started', message: 'Cannot find "x"' },
      undefined,
      { exitCode: 127, messages: ['Cannot find "x"'], isFailure: false },
    ],
    [
      'a failure',
      { code: 125, reason: 'failed', message: 'Guest failed at "root": no disk' },
      undefined,
      { exitCode: 125, messages: ['Guest failed at "root": no disk'], isFailure: true },
    ],
    [
      'a failure that claims success',
      { code: 0, reason: 'failed' },
      124,
      { exitCode: 125, messages: ['Machine failed'], isFailure: true },
    ],
    [
      'a kill while booting',
      { code: 137, reason: 'killed' },
      130,
      { exitCode: 130, messages: [], isFailure: false },
    ],
    ['a kill', { code: 137, reason: 'killed' }, undefined, { exitCode: 137, messages: [], isFailure: false }],
  ];
  for (const [name, exit, interruptionCode, expected] of table) {
    it(`judges ${name}`, () => assert.deepEqual(judgeRun(exit, interruptionCode), expected));
  }
});
