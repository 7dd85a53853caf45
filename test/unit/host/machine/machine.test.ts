import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { text } from 'node:stream/consumers';
import { Machine, type MachineDeadlines } from '../../../../host/machine/machine.ts';

const monitor = join(import.meta.dirname, '../support/fake-monitor.ts');

describe('Machine', () => {
  let directory = '';
  let count = 0;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fb-'));
  });
  after(() => rm(directory, { recursive: true }));

  function machineFor(scenario: string, deadlines: Partial<MachineDeadlines> = {}): Machine {
    count += 1;
    const channelSocketPath = join(directory, `${count}.sock`);
    return new Machine({
      command: { program: process.execPath, args: [monitor, channelSocketPath, scenario] },
      channelSocketPath,
      deadlines,
    });
  }

  it('hands on the output and the exit of its workload', async () => {
    const machine = machineFor('exit');
    const output = Promise.all([text(machine.stdout), text(machine.stderr)]);
    await machine.start();
    const exit = await machine.exited;
    assert.equal(exit.state, 'exited');
    assert.equal(exit.event.code, 42);
    assert.deepEqual(await output, ['out\n', 'err\n']);
    assert.deepEqual([machine.isReady, machine.isEnding], [true, true]);
  });

  it('passes its input on, up to its end', async () => {
    const machine = machineFor('stdin');
    await machine.start();
    machine.stdin.write('hello ');
    machine.stdin.end('world');
    const exit = await machine.exited;
    assert.equal(exit.state === 'exited' && exit.event.code, 'hello world'.length);
  });

  it('asks the guest to stop', async () => {
    const machine = machineFor('run');
    const ready = once(machine, 'ready');
    await machine.start();
    await ready;
    await machine.stop({});
    const exit = await machine.exited;
    assert.equal(exit.state === 'exited' && exit.event.code, 143);
  });

  it('ends with what a failing guest said', async () => {
    const machine = machineFor('fault');
    await machine.start();
    const exit = await machine.exited;
    assert.equal(exit.state, 'fault');
    assert.equal(exit.event.message, 'no disk');
  });

  it('connects again when the transport is lost', async () => {
    const machine = machineFor('reconnect');
    await machine.start();
    const exit = await machine.exited;
    assert.equal(exit.state === 'exited' && exit.event.code, 2);
  });

  it('can be killed', async () => {
    const machine = machineFor('run');
    const ready = once(machine, 'ready');
    await machine.start();
    await ready;
    machine.kill();
    assert.deepEqual(await machine.exited, { state: 'killed' });
  });

  it('is gone at once when it was killed before its start', async () => {
    const machine = machineFor('run');
    machine.kill();
    await machine.start();
    assert.deepEqual(await machine.exited, { state: 'killed' });
  });

  it('kills a monitor that does not end after the workload, and warns', async () => {
    const machine = machineFor('linger', { powerOffMs: 50 });
    const warning = once(machine, 'warning');
    await machine.start();
    const exit = await machine.exited;
    assert.equal(exit.state === 'exited' && exit.event.code, 42);
    assert.deepEqual(await warning, ['Machine did not power off within 50 ms and was killed']);
  });

  const failures: [string, Partial<MachineDeadlines>, string, RegExp][] = [
    ['broken', {}, 'vm', /^Virtual machine monitor ended with code 1: qemu: could not open disk image$/],
    ['silent', {}, 'vm', /^Machine ended without a word from the guest$/],
    ['refuse', {}, 'channel', /^Cannot open the channel: the guest refused/],
    ['deaf', { bootMs: 300 }, 'timeout', /^Guest did not open the channel within 0\.3 s$/],
  ];
  for (const [scenario, deadlines, code, message] of failures) {
    it(`fails with its own words when the monitor is ${scenario}`, async () => {
      const machine = machineFor(scenario, deadlines);
      await machine.start();
      const exit = await machine.exited;
      assert.equal(exit.state, 'failed');
      assert.equal(exit.error.code, code);
      assert.match(exit.error.message, message);
    });
  }

  it('does not start with a program that is not there', async () => {
    const machine = new Machine({
      command: { program: join(directory, 'none'), args: [] },
      channelSocketPath: join(directory, 'none.sock'),
    });
    await assert.rejects(machine.start(), {
      code: 'vm',
      message: `Cannot start "${join(directory, 'none')}"`,
    });
  });
});
