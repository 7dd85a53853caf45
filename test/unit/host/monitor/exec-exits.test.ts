import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { Machine } from '../../../../host/machine/machine.ts';
import type { ExecStarted } from '../../../../protocol/messages.ts';
import { ExecExits } from '../../../../host/monitor/exec-exits.ts';

function fakeMachine(): {
  machine: Machine;
  end: (exec: number, code: number) => void;
  kill: () => void;
} {
  const over = new AbortController();
  const machine = Object.assign(new EventEmitter(), { over: over.signal });
  return {
    machine: machine as unknown as Machine,
    end: (exec, code) => machine.emit('event', { event: 'exec-exit', exec, code, reason: 'exited' }),
    kill: () => over.abort(),
  };
}

const started = (exec: number): Promise<ExecStarted> => Promise.resolve({ exec, pid: 1, streams: {} });

describe('ExecExits', () => {
  it('tells each process its own end', async () => {
    const { machine, end } = fakeMachine();
    const exits = new ExecExits(machine);
    const one = await exits.watch(() => started(1));
    const other = await exits.watch(() => started(2));
    assert.ok(exits.has(1) && !exits.has(3));
    end(2, 20);
    end(1, 10);
    assert.deepEqual(await one.exited, { code: 10, reason: 'exited' });
    assert.deepEqual(await other.exited, { code: 20, reason: 'exited' });
    assert.equal(exits.size, 0);
  });

  it('keeps no more ends than a bounded number, whatever the guest tells', async () => {
    const { machine, end } = fakeMachine();
    const exits = new ExecExits(machine);
    const answer = Promise.withResolvers<ExecStarted>();
    const running = exits.watch(() => answer.promise);
    for (let exec = 1; exec <= 5000; exec += 1) end(exec, 7);
    assert.equal(exits.size, 1024);
    answer.resolve({ exec: 5000, pid: 1, streams: {} });
    assert.deepEqual(await (await running).exited, { code: 7, reason: 'exited' });
    assert.equal(exits.size, 0);
  });

  it('knows an end that overtook the answer', async () => {
    const { machine, end } = fakeMachine();
    const exits = new ExecExits(machine);
    const running = await exits.watch(() => {
      end(7, 3);
      return started(7);
    });
    assert.deepEqual(await running.exited, { code: 3, reason: 'exited' });
    assert.equal(exits.size, 0);
  });

  it('keeps no end that nobody waits for', async () => {
    const { machine, end } = fakeMachine();
    const exits = new ExecExits(machine);
    end(1, 0);
    await exits
      .watch(() => {
        end(2, 0);
        return Promise.reject(new Error('refused'));
      })
      .catch(() => {});
    assert.equal(exits.size, 0);
  });

  it('rejects when the machine ends first, also before it was asked', async () => {
    const { machine, kill } = fakeMachine();
    const exits = new ExecExits(machine);
    const running = await exits.watch(() => started(1));
    kill();
    await assert.rejects(running.exited, { code: 'vm', message: 'Machine ended before the process did' });
    const late = await exits.watch(() => started(2));
    await assert.rejects(late.exited, { code: 'vm' });
    assert.equal(exits.size, 0);
  });
});
