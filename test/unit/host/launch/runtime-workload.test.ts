import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultWorkload, type WorkloadOptions } from '../../../../host/launch/launch-config.ts';
import { workloadOfRuntime } from '../../../../host/launch/runtime-workload.ts';
import type { RuntimeSpec, SpecProcess } from '../../../../protocol/oci/runtime-spec.ts';

const specWith = (process: Partial<SpecProcess>): RuntimeSpec => ({
  ociVersion: '1.2.0',
  process: { cwd: '/', user: { uid: 0, gid: 0 }, ...process },
});
const workloadWith = (options: Partial<WorkloadOptions>): WorkloadOptions => ({
  ...defaultWorkload(),
  ...options,
});
const size = { rows: 5, columns: 6 };

describe('workloadOfRuntime()', () => {
  it('leaves alone how the workload is spoken with, watched and stopped', () => {
    const workload = workloadWith({
      hostname: 'box',
      stopSignal: 'SIGINT',
      stopGraceMs: 1,
      stdin: true,
      health: { disabled: true },
      logLevel: 'debug',
    });
    assert.deepEqual(workloadOfRuntime(workload, specWith({})), workload);
    assert.deepEqual(workloadOfRuntime(workload, { ociVersion: '1.0.0' }), workload);
  });

  it('gives it a terminal where the configuration wants one, of the size that somebody knows', () => {
    const sizeOf = (terminal: WorkloadOptions['terminal'], process: Partial<SpecProcess>) =>
      workloadOfRuntime(workloadWith({ terminal }), specWith({ terminal: true, ...process })).terminal;
    assert.deepEqual(sizeOf(size, { consoleSize: { height: 1, width: 2 } }), size);
    assert.deepEqual(sizeOf(undefined, { consoleSize: { height: 1, width: 2 } }), { rows: 1, columns: 2 });
    assert.deepEqual(sizeOf(undefined, {}), { rows: 24, columns: 80 });
    assert.equal(workloadOfRuntime(workloadWith({}), specWith({ terminal: false })).terminal, undefined);
  });

  it('refuses a terminal that the configuration does not have', () => {
    assert.throws(() => workloadOfRuntime(workloadWith({ terminal: size }), specWith({})), {
      code: 'usage',
      message: 'Cannot give the workload a terminal: its configuration has no "process.terminal"',
    });
  });

  for (const [name, options] of [
    ['entrypoint', { entrypoint: '' }],
    ['command', { command: ['sh'] }],
    ['env', { env: new Map([['A', 'b']]) }],
    ['user', { user: 'root' }],
    ['workingDir', { workingDir: '/' }],
    ['limits', { limits: { pids: 1 } }],
    ['container', { container: { init: true } }],
  ] as [string, Partial<WorkloadOptions>][]) {
    it(`refuses "${name}", which the configuration says itself`, () => {
      assert.throws(() => workloadOfRuntime(workloadWith(options), specWith({})), {
        code: 'usage',
        message: `Cannot set "${name}" of a workload that has a configuration of its own`,
      });
    });
  }
});
