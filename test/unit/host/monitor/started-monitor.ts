import type { TestContext } from 'node:test';
import { isAlive, killProcess } from '../../../../host/machine/liveness.ts';
import type { MachineExit, MachineRecord, ProcessIdentity } from '../../../../host/machine/machine-record.ts';
import { spawnMonitor } from '../../../../host/monitor/spawn-monitor.ts';
import { type FakeMachine, makeFakeMachine } from '../../../support/fake-vm/fake-machine.ts';
import type { Scenario } from '../../../support/fake-vm/scenario.ts';
import { MonitorClient } from './monitor-client.ts';

/** A fake machine with a monitor in a process of its own. */
export interface StartedMonitor extends FakeMachine {
  connect(): Promise<MonitorClient>;
  /** A client that is attached, from the last remembered bytes on. */
  attach(options?: { stdin?: boolean; wait?: boolean }): Promise<MonitorClient>;
  /** One request on a connection of its own. */
  ask(method: string, params?: object): Promise<unknown>;
  /** Kills the monitor (SIGKILL) and resolves when it is gone. */
  killMonitor(): Promise<void>;
  wait(): Promise<MachineExit>;
}

/** Resolves when a process has ended. */
export async function ended(identity: ProcessIdentity | null): Promise<void> {
  while (isAlive(identity)) {
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

export async function startMonitor(
  context: TestContext,
  scenario: Scenario,
  changes: Partial<MachineRecord> = {},
): Promise<StartedMonitor> {
  return await startMonitorOver(await makeFakeMachine(context, scenario, changes));
}

/** Starts a monitor over a machine that has been made. */
export async function startMonitorOver<Machine extends FakeMachine>(
  machine: Machine,
): Promise<Machine & StartedMonitor> {
  await spawnMonitor(machine.directory.path);
  const connect = (): Promise<MonitorClient> => MonitorClient.connect(machine.directory.monitorSocketPath);
  const ask = async (method: string, params: object = {}): Promise<unknown> => {
    const client = await connect();
    try {
      return await client.request(method, params);
    } finally {
      client.close();
    }
  };
  return {
    ...machine,
    connect,
    ask,
    attach: async ({ stdin = false, wait = false } = {}) => {
      const client = await connect();
      await client.request('attach', { stdin, replay: true, wait });
      return client;
    },
    killMonitor: async () => {
      const { monitor } = machine.status();
      if (monitor !== null) killProcess(monitor);
      await ended(monitor);
    },
    wait: async () => {
      try {
        return (await ask('wait')) as MachineExit;
      } catch (error) {
        // It has gone, now or before it could answer, and leaves behind what it would have said.
        await ended(machine.status().monitor);
        const { exit } = machine.status();
        if (exit === null) throw error;
        return exit;
      }
    },
  };
}
