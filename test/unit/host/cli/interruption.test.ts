import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import { Interruption, type StopParameters } from '../../../../host/cli/interruption.ts';

class FakeMachine {
  isReady = false;
  isEnding = false;
  readonly calls: string[] = [];
  stopResult: Promise<void> = Promise.resolve();
  stop(parameters: StopParameters): Promise<void> {
    this.calls.push(`stop ${JSON.stringify(parameters)}`);
    return this.stopResult;
  }
  kill(): void {
    this.calls.push('kill');
  }
}

function watched(changes: Partial<FakeMachine> = {}): {
  interruption: Interruption;
  machine: FakeMachine;
  warnings: string[];
} {
  const warnings: string[] = [];
  const interruption = new Interruption({ stopGraceMs: 2000, warn: (message) => warnings.push(message) });
  const machine = Object.assign(new FakeMachine(), changes);
  interruption.watch(machine);
  return { interruption, machine, warnings };
}

const sigint = 2;
const sigterm = 15;

describe('Interruption', () => {
  afterEach(() => mock.timers.reset());

  it('aborts the preparation with the code of the signal', () => {
    const interruption = new Interruption({ stopGraceMs: undefined, warn: () => {} });
    interruption.interrupt(sigterm);
    assert.deepEqual([interruption.signal.aborted, interruption.exitCode], [true, 143]);
  });

  it('kills a machine that is not ready', () => {
    const { interruption, machine } = watched();
    interruption.interrupt(sigint);
    assert.deepEqual([machine.calls, interruption.exitCode], [['kill'], 130]);
  });

  it('stops, stops without grace, then kills', () => {
    const { interruption, machine } = watched({ isReady: true });
    interruption.interrupt(sigint);
    interruption.interrupt(sigint);
    assert.deepEqual([machine.calls, interruption.exitCode], [['stop {}', 'stop {"graceMs":0}'], undefined]);
    interruption.interrupt(sigterm);
    assert.deepEqual([machine.calls.at(-1), interruption.exitCode], ['kill', 137]);
  });

  it('leaves a machine that is powering off in peace, up to the third time', () => {
    const { interruption, machine } = watched({ isReady: true, isEnding: true });
    interruption.interrupt(sigint);
    interruption.interrupt(sigint);
    interruption.expire();
    assert.deepEqual(machine.calls, []);
    interruption.interrupt(sigint);
    assert.deepEqual([machine.calls, interruption.exitCode], [['kill'], undefined]);
  });

  it('stops at the time limit, and kills when that does not help', () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const { interruption, machine } = watched({ isReady: true });
    interruption.expire();
    assert.deepEqual([machine.calls, interruption.exitCode], [['stop {}'], 124]);
    mock.timers.tick(11_999);
    assert.deepEqual(machine.calls, ['stop {}']);
    mock.timers.tick(1);
    assert.deepEqual(machine.calls, ['stop {}', 'kill']);
  });

  it('does not wait for readers of the output after an end by force', () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const { interruption } = watched({ isReady: true });
    for (let count = 0; count < 3; count += 1) interruption.interrupt(sigint);
    mock.timers.tick(999);
    assert.equal(interruption.outputSignal.aborted, false);
    mock.timers.tick(1);
    assert.equal(interruption.outputSignal.aborted, true);
  });

  it('ends the wait for readers when the time limit passes after the workload', () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const { interruption, machine } = watched({ isReady: true, isEnding: true });
    interruption.expire();
    mock.timers.tick(10_000);
    assert.deepEqual([machine.calls, interruption.exitCode], [['kill'], 124]);
    mock.timers.tick(1000);
    assert.equal(interruption.outputSignal.aborted, true);
  });

  it('ends a machine that boots too long at the time limit', () => {
    const { interruption, machine } = watched();
    interruption.expire();
    assert.deepEqual([machine.calls, interruption.exitCode], [['kill'], 124]);
  });

  it('kills nothing after the run has finished', () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const { interruption, machine } = watched({ isReady: true });
    interruption.expire();
    interruption.finish();
    mock.timers.tick(60_000);
    assert.deepEqual(machine.calls, ['stop {}']);
  });

  it('warns when the guest does not take the stop', async () => {
    const { interruption, warnings } = watched({
      isReady: true,
      stopResult: Promise.reject(new Error('no answer')),
    });
    interruption.interrupt(sigint);
    await new Promise(setImmediate);
    assert.deepEqual(warnings, ['Cannot stop the workload: no answer']);
  });
});
