import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type MachineEnd, machineExit } from '../../../../host/machine/machine-end.ts';
import { FirstbornError } from '../../../../protocol/errors.ts';

const base = { sequence: 2, timeMs: 1 };
const exit = { ...base, event: 'exit', container: 'main' } as const;
const fault = { ...base, event: 'fault', phase: 'root', message: 'no disk' } as const;

const cases: [string, MachineEnd, ReturnType<typeof machineExit>][] = [
  [
    'a code',
    { state: 'exited', event: { ...exit, code: 3, reason: 'exited' } },
    { code: 3, reason: 'exited' },
  ],
  [
    'a signal',
    { state: 'exited', event: { ...exit, code: 137, signal: 9, reason: 'oom' } },
    { code: 137, signal: 9, reason: 'oom' },
  ],
  [
    'no start',
    { state: 'exited', event: { ...exit, code: 127, reason: 'not-started', message: 'Cannot find "x"' } },
    { code: 127, reason: 'not-started', message: 'Cannot find "x"' },
  ],
  [
    'a fault, whatever code the guest gives it',
    { state: 'fault', event: { ...fault, code: 0 } },
    { code: 125, reason: 'failed', message: 'Guest failed at "root": no disk' },
  ],
  ['a kill', { state: 'killed' }, { code: 137, signal: 9, reason: 'killed' }],
  [
    'a failure with its causes',
    {
      state: 'failed',
      error: new FirstbornError('vm', 'Cannot start', { cause: new Error('no such file') }),
    },
    { code: 125, reason: 'failed', message: 'Cannot start: no such file' },
  ],
];

describe('machineExit()', () => {
  for (const [what, end, expected] of cases) {
    it(`tells of ${what}`, () => assert.deepEqual(machineExit(end), expected));
  }
});
