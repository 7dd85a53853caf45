import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { text } from 'node:stream/consumers';
import { DetachedProcess } from '../../../../host/machine/detached-process.ts';
import { Machine, type MachineDeadlines } from '../../../../host/machine/machine.ts';
import { QemuVmm, type QemuVmmOptions } from '../../../../host/machine/qemu-vmm.ts';
import type { ExitEvent } from '../../../../protocol/messages.ts';
import { exitEvent } from '../support/fake-guest.ts';

const monitor = join(import.meta.dirname, '../support/fake-monitor.ts');

describe('Machine', () => {
  let directory = '';
  let count = 0;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fb-'));
  });
  after(() => rm(directory, { recursive: true }));

  function optionsFor(scenario: string): QemuVmmOptions {
    count += 1;
    const channelSocketPath = join(directory, `${count}.sock`);
    return {
      command: { program: process.execPath, args: [monitor, channelSocketPath, scenario] },
      channelSocketPath,
      vmLogPath: join(directory, `${count}.log`),
    };
  }

  function machineFor(scenario: string, deadlines: Partial<MachineDeadlines> = {}): Machine {
    return new Machine({ vmm: new QemuVmm(optionsFor(scenario)), deadlines });
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

  it('is taken over by another process with what the first one had got to', async () => {
    const options = optionsFor('run');
    const process = await DetachedProcess.start(options.command, options.vmLogPath);
    const machine = new Machine({
      vmm: new QemuVmm(options),
      // The fake guest's events are ready, 1, and exit, 2.
      progress: { acknowledged: 1, received: new Map(), isReady: true, end: undefined },
    });
    const events: number[] = [];
    machine.on('event', ({ sequence }) => events.push(sequence));
    machine.adopt(process.identity);
    assert.equal(machine.isReady, true);
    await machine.whenOpen(10_000);
    await machine.stop({});
    const end = await machine.exited;
    assert.equal(end.state === 'exited' && end.event.code, 143);
    assert.deepEqual(events, [2]);
  });

  it('ends with the last word that was on record before it was taken over', async () => {
    const options = optionsFor('run');
    const process = await DetachedProcess.start(options.command, options.vmLogPath);
    const event = { ...exitEvent(2, 7), event: 'exit' } as ExitEvent;
    const machine = new Machine({
      vmm: new QemuVmm(options),
      deadlines: { powerOffMs: 50 },
      progress: { acknowledged: 2, received: new Map(), isReady: true, end: { state: 'exited', event } },
    });
    machine.adopt(process.identity);
    assert.deepEqual(await machine.exited, { state: 'exited', event });
  });

  it('whenOpen() rejects when the machine ends, and at its deadline', async () => {
    const machine = machineFor('deaf');
    await machine.start();
    await assert.rejects(machine.whenOpen(20), { code: 'timeout' });
    const ended = assert.rejects(machine.whenOpen(10_000), { code: 'vm' });
    machine.kill();
    await ended;
    await machine.exited;
    await assert.rejects(machine.whenOpen(10_000), { code: 'vm' });
  });

  it('does not start with a program that is not there', async () => {
    const machine = new Machine({
      vmm: new QemuVmm({
        command: { program: join(directory, 'none'), args: [] },
        channelSocketPath: join(directory, 'none.sock'),
        vmLogPath: join(directory, 'none.log'),
      }),
    });
    await assert.rejects(machine.start(), {
      code: 'vm',
      message: `Cannot start "${join(directory, 'none')}"`,
    });
  });
});
