import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeRun, type RunEnd } from '../../../../host/cli/run-end.ts';
import type { MachineExit } from '../../../../host/machine/machine-exit.ts';
import { FirstbornError } from '../../../../protocol/errors.ts';

const event = { sequence: 2, timeMs: 1, container: 'main' };
const exited = (code: number): MachineExit => ({
  state: 'exited',
  event: { ...event, event: 'exit', code, reason: 'exited' },
});
const fault = (code: number): MachineExit => ({
  state: 'fault',
  event: { ...event, event: 'fault', phase: 'root', message: 'no disk', code },
});

describe('judgeRun()', () => {
  const table: [string, MachineExit, number | undefined, RunEnd][] = [
    ['an exit', exited(42), undefined, { exitCode: 42, messages: [], isFailure: false }],
    ['an exit after the time limit', exited(143), 124, { exitCode: 124, messages: [], isFailure: false }],
    [
      'a workload that did not start',
      {
        state: 'exited',
        event: { ...event, event: 'exit', code: 127, reason: 'not-started', message: 'Cannot find "x"' },
      },
      undefined,
      { exitCode: 127, messages: ['Cannot find "x"'], isFailure: false },
    ],
    [
      'a fault',
      fault(125),
      undefined,
      { exitCode: 125, messages: ['Guest failed at "root": no disk'], isFailure: true },
    ],
    [
      'a fault that claims success',
      fault(0),
      124,
      { exitCode: 125, messages: ['Guest failed at "root": no disk'], isFailure: true },
    ],
    ['a kill while booting', { state: 'killed' }, 130, { exitCode: 130, messages: [], isFailure: false }],
    ['a kill', { state: 'killed' }, undefined, { exitCode: 137, messages: [], isFailure: false }],
    [
      'a failed machine',
      {
        state: 'failed',
        error: new FirstbornError('vm', 'Cannot start "q"', { cause: new Error('EACCES') }),
      },
      undefined,
      { exitCode: 125, messages: ['Cannot start "q": EACCES'], isFailure: true },
    ],
  ];
  for (const [name, exit, interruptionCode, expected] of table) {
    it(`judges ${name}`, () => assert.deepEqual(judgeRun(exit, interruptionCode), expected));
  }
});
