import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import {
  isAlive,
  killProcess,
  machineState,
  ownIdentity,
  processIdentity,
} from '../../../../host/machine/liveness.ts';
import { newStatus } from '../../../../host/machine/machine-files.ts';

const dead = { pid: process.pid, startTicks: '1' };

describe('processIdentity()', () => {
  it('tells a process by its pid and its start', () => {
    assert.deepEqual(processIdentity(process.pid), ownIdentity());
    assert.match(ownIdentity().startTicks, /^\d+$/);
  });

  it('knows no process that has ended and was not reaped', async () => {
    // The shell stops itself before it would reap its child.
    const shell = spawn('/bin/sh', ['-c', 'sh -c "exit 0" & echo $!; kill -STOP $$'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [text] = (await once(shell.stdout, 'data')) as [Buffer];
    const pid = Number(text.toString());
    while (processIdentity(pid) !== undefined) await new Promise((resolve) => setImmediate(resolve));
    shell.kill('SIGKILL');
    await once(shell, 'exit');
  });

  it('knows nobody under a pid that is free', () => {
    assert.equal(processIdentity(2 ** 22 + 1), undefined);
  });
});

describe('isAlive()', () => {
  it('is not deceived by a pid that was used again', () => {
    assert.equal(isAlive(ownIdentity()), true);
    assert.equal(isAlive(dead), false);
    assert.equal(isAlive(null), false);
  });
});

describe('killProcess()', () => {
  it('kills the process that is meant, and no other with its pid', async () => {
    const child = spawn('/bin/sleep', ['1000']);
    const identity = processIdentity(child.pid ?? 0);
    assert.ok(identity !== undefined);
    killProcess({ ...identity, startTicks: '1' });
    assert.equal(isAlive(identity), true);
    killProcess(identity);
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL']);
  });
});

describe('machineState()', () => {
  const alive = ownIdentity();
  const cases = [
    ['created', null, null, 'created'],
    ['running', alive, alive, 'running'],
    ['running', dead, alive, 'lost'],
    ['running', dead, dead, 'dead'],
    ['starting', dead, null, 'dead'],
    ['restarting', alive, null, 'restarting'],
    ['stopping', null, alive, 'lost'],
    ['exited', dead, dead, 'exited'],
  ] as const;
  for (const [state, monitor, vm, expected] of cases) {
    const words = `monitor ${isAlive(monitor) ? 'alive' : 'dead'}, machine ${isAlive(vm) ? 'alive' : 'dead'}`;
    it(`calls "${state}" with ${words} "${expected}"`, () => {
      assert.equal(machineState({ ...newStatus(), state, monitor, vm }), expected);
    });
  }
});
