import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { writeRecord } from '../../../host/machine/machine-files.ts';
import type { DomainDescription } from '../../../host/vm/domain-description.ts';
import { type FakeMachine, makeFakeMachine } from '../fake-vm/fake-machine.ts';
import { type Scenario, scenarioArgument } from '../fake-vm/scenario.ts';

/** A machine that is a domain of fake-xl.ts. */
export interface FakeDomain extends FakeMachine {
  /** What xl has been asked so far. */
  xlWords: () => string[];
  /** No backend of the console can be started any more; each ends with this status. */
  denyConsole: (status: number) => void;
}

/** Writes a program that runs a script of this folder with this process's Node. */
function writeProgram(directory: string, name: string, shared: string): string {
  const path = join(directory, name);
  const script = join(import.meta.dirname, `fake-${name}.ts`);
  writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${script}" "${shared}" "$@"\n`, {
    mode: 0o755,
  });
  return path;
}

/** Makes the machine's directory. When the test has ended its processes are killed. */
export async function makeFakeDomain(context: TestContext, scenario: Scenario): Promise<FakeDomain> {
  const machine = await makeFakeMachine(context, scenario);
  const { directory } = machine;
  const shared = join(directory.path, 'xen');
  mkdirSync(shared);
  const description: DomainDescription = {
    architecture: 'x86_64',
    machine: 'pvh',
    accelerator: 'xen',
    name: `firstborn-${directory.id}`,
    cpus: 1,
    maxCpus: 1,
    memoryMiB: 512,
    maxMemoryMiB: 512,
    kernelPath: '/none/vmlinuz',
    initramfsPath: '/none/initramfs',
    kernelArguments: [scenarioArgument(scenario)],
    disks: [],
    configPath: directory.xlConfigPath,
  };
  const { qemuPath: _qemuPath, ...rest } = machine.record;
  const record = {
    ...rest,
    description,
    xen: {
      xlPath: writeProgram(shared, 'xl', shared),
      consolePath: writeProgram(shared, 'console', shared),
    },
  };
  writeRecord(directory, record);
  return {
    ...machine,
    record,
    xlWords: () => readFileSync(join(shared, 'words'), 'utf8').trimEnd().split('\n'),
    denyConsole: (status) => writeFileSync(join(shared, 'deny'), String(status)),
  };
}
