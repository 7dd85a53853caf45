import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { isAlive, killProcess } from '../../../host/machine/liveness.ts';
import { MachineDirectory } from '../../../host/machine/machine-directory.ts';
import { newStatus, writeRecord, writeStatus } from '../../../host/machine/machine-files.ts';
import type { MachineRecord, MachineStatus } from '../../../host/machine/machine-record.ts';
import { type Scenario, scenarioArgument } from './scenario.ts';

/** A machine whose QEMU is fake-vm.ts: a directory with its record and its first status. */
export interface FakeMachine {
  directory: MachineDirectory;
  record: MachineRecord;
  /** The status as it is on disk now. */
  status: () => MachineStatus;
}

/** Writes a program that runs fake-vm.ts with this process's Node and takes QEMU's words. */
export function writeFakeQemu(directory: string): string {
  const path = join(directory, 'fake-qemu');
  const script = join(import.meta.dirname, '../fake-vm.ts');
  writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Makes a machine's directory below a new state directory. When the test has ended its processes are killed. */
export async function makeFakeMachine(
  context: TestContext,
  scenario: Scenario,
  changes: Partial<MachineRecord> = {},
): Promise<FakeMachine> {
  const root = mkdtempSync(join(tmpdir(), 'fb-'));
  const directory = await MachineDirectory.create(join(root, 'machines'));
  const record: MachineRecord = {
    ...recordFor(directory, scenario, writeFakeQemu(root)),
    ...changes,
  };
  mkdirSync(join(root, 'names'));
  writeFileSync(join(root, 'names', record.name), `${directory.id}\n`);
  writeRecord(directory, record);
  writeStatus(directory, newStatus());
  const status = (): MachineStatus => JSON.parse(readFileSync(directory.statusPath, 'utf8')) as MachineStatus;
  context.after(() => {
    if (existsSync(directory.statusPath)) killAll(status());
    rmSync(dirname(dirname(directory.path)), { recursive: true, force: true, maxRetries: 10 });
  });
  return { directory, record, status };
}

function killAll({ monitor, vm, helpers }: MachineStatus): void {
  for (const identity of [monitor, vm, ...helpers]) {
    if (identity !== null && isAlive(identity)) killProcess(identity);
  }
}

function recordFor(directory: MachineDirectory, scenario: Scenario, qemuPath: string): MachineRecord {
  return {
    version: 1,
    id: directory.id,
    name: `fake-${directory.id.slice(0, 6)}`,
    createdMs: Date.now(),
    image: 'fake',
    command: scenario.workloads[0] ?? [],
    description: {
      architecture: 'x86_64',
      machine: 'q35',
      accelerator: 'tcg',
      cpus: 1,
      memoryMiB: 512,
      kernelPath: '/none/vmlinuz',
      initramfsPath: '/none/initramfs',
      kernelArguments: [scenarioArgument(scenario)],
      disks: [],
      channelSocketPath: directory.channelSocketPath,
      console: { logPath: directory.consoleLogPath },
    },
    qemuPath,
    helpers: [],
    ports: [],
    volumes: [],
    restart: { policy: 'no' },
    autoRemove: false,
    terminal: scenario.terminal ?? false,
    stdin: scenario.stdin ?? false,
    stdinOnce: false,
    log: { maxBytes: 1024 * 1024, files: 3 },
    labels: {},
  };
}
