import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { artefacts } from '../../host/artefacts.ts';
import { describeMachine, guestArchitecture } from '../../host/launch/machine-layout.ts';
import { Machine } from '../../host/machine/machine.ts';
import { QemuVmm } from '../../host/machine/qemu-vmm.ts';
import type { MachineEnd } from '../../host/machine/machine-end.ts';
import { prepareBootFiles } from '../../host/preparation/boot-files.ts';
import { stateDirectory } from '../../host/state-directory.ts';
import type { CommandLine, MachineDescription, MachineType } from '../../host/vm/machine-description.ts';
import { qemuCommand } from '../../host/vm/qemu-command.ts';
import { testEnvironment, testKernel } from './run-firstborn.ts';

/** A boot that hangs ends here; a machine that is merely slow must not. */
const deadlineMs = 180_000;

/** A machine below the command line: its disks and QEMU's words can be anything. */
export interface RawMachineOptions {
  rootDiskPath: string;
  configDiskPath: string;
  /** As `--kernel`; without it the one that all tests run on. */
  kernelPath?: string;
  /** QEMU's board; q35 without it, on arm64 virt. */
  machine?: MachineType;
  /** Rate of the time stamp counter, without which the microvm board may hang. Under -icount that is 1,000,000. */
  tscKHz?: number;
  /** Changes the description before it becomes QEMU's words. */
  describe?: (description: MachineDescription) => MachineDescription;
  /** Changes QEMU's words. */
  command?: (args: string[]) => string[];
  /** When a machine that `withMachine` started is ended at the latest; three minutes without it. */
  lifetimeMs?: number;
}

export interface RawMachineResult {
  /** `undefined` when nobody talked to the machine. */
  exit: MachineEnd | undefined;
  stdout: Buffer;
  console: string;
}

async function describe(options: RawMachineOptions, directory: string): Promise<MachineDescription> {
  const state = stateDirectory(testEnvironment);
  mkdirSync(state.initramfsCacheDir, { recursive: true });
  const bootFiles = await prepareBootFiles({
    kernelPath: options.kernelPath ?? testKernel,
    modulesDir: undefined,
    artefacts: artefacts(testEnvironment),
    cacheDir: state.initramfsCacheDir,
  });
  const architecture = guestArchitecture(process.arch) ?? 'x86_64';
  const description = describeMachine({
    architecture,
    machine: options.machine ?? (architecture === 'x86_64' ? 'q35' : 'virt'),
    accelerator: 'tcg',
    cpus: 1,
    memoryMiB: 512,
    logLevel: 'info',
    tscKHz: options.tscKHz,
    kernelPath: bootFiles.kernelPath,
    initramfsPath: bootFiles.initramfsPath,
    rootDiskPath: options.rootDiskPath,
    configDiskPath: options.configDiskPath,
    channelSocketPath: join(directory, 'channel.sock'),
    console: { logPath: join(directory, 'console.log') },
    network: undefined,
  });
  return options.describe?.(description) ?? description;
}

async function runWith<Result>(
  options: RawMachineOptions,
  run: (command: CommandLine, description: MachineDescription) => Promise<Result>,
): Promise<Result & { console: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'firstborn-vm-'));
  try {
    const description = await describe(options, directory);
    const command = qemuCommand(description);
    const result = await run(
      { ...command, args: options.command?.(command.args) ?? command.args },
      description,
    );
    return { ...result, console: readFileSync(description.console.logPath, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Boots the machine, talks to it and waits for its end. */
export function bootMachine(options: RawMachineOptions): Promise<RawMachineResult> {
  return runWith(options, async (command, { channelSocketPath }) => {
    const vmLogPath = join(dirname(channelSocketPath), 'vm.log');
    const machine = new Machine({ vmm: new QemuVmm({ command, channelSocketPath, vmLogPath }) });
    const timer = setTimeout(() => machine.kill(), deadlineMs);
    const output = Promise.all([buffer(machine.stdout), buffer(machine.stderr)]);
    await machine.start();
    const exit = await machine.exited;
    clearTimeout(timer);
    const [stdout] = await output;
    return { exit, stdout };
  });
}

/** Boots the machine without anybody at the channel and waits until it has powered off by itself. */
export function bootUnattended(
  options: RawMachineOptions,
): Promise<RawMachineResult & { code: number | null }> {
  return runWith(options, async ({ program, args }) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    const errors = text(child.stderr);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    clearTimeout(timer);
    if ((await errors) !== '') throw new Error(`QEMU says: ${await errors}`);
    return { exit: undefined, stdout: Buffer.alloc(0), code };
  });
}

/** Puts the channel on the second virtio console, where nobody is told whether a host is there. */
export function channelOnConsole(args: string[]): string[] {
  return args.flatMap((word) =>
    word.startsWith('virtserialport,')
      ? [
          'virtconsole,bus=ports.0,chardev=first',
          '-device',
          'virtconsole,bus=ports.0,chardev=channel',
          '-chardev',
          'null,id=first',
        ]
      : [word],
  );
}

/** Boots the machine and leaves its channel to `use`, whose end is the machine's. */
export function withMachine<Result>(
  options: RawMachineOptions,
  use: (channelSocketPath: string) => Promise<Result>,
): Promise<{ result: Result; console: string }> {
  return runWith(options, async ({ program, args }, { channelSocketPath }) => {
    const child = spawn(program, args, { stdio: 'ignore' });
    const closed = new Promise((resolve) => child.once('close', resolve));
    const timer = setTimeout(() => child.kill('SIGKILL'), options.lifetimeMs ?? deadlineMs);
    try {
      return { result: await use(channelSocketPath) };
    } finally {
      clearTimeout(timer);
      child.kill('SIGKILL');
      await closed;
    }
  });
}
