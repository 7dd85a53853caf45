import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describeMachine } from '../../host/launch/machine-layout.ts';
import { planUserNetwork } from '../../host/launch/user-network.ts';
import type { DiskDescription, MachineDescription } from '../../host/vm/machine-description.ts';
import { qemuCommand } from '../../host/vm/qemu-command.ts';
import { tscKHzFromCpuInfo } from '../../host/vm/tsc-rate.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import { scratchDirectory } from '../../test/support/disks.ts';
import { Qmp, qmpArguments } from '../../test/support/qmp.ts';
import { instructionCountArguments } from '../instruction-count.ts';
import type { BenchDisks } from './disks.ts';
import { gdbArguments, GdbStub } from './gdb-stub.ts';
import type { Platform } from './platforms.ts';

const connectDeadlineMs = 20_000;
/** An emulated systemd takes minutes on a busy host; what hangs ends here. */
const lifetimeMs = 900_000;
const pollMs = 20;

/** What every machine of a comparison has. */
export const machineMemoryMiB = 512;
const machineMac = '52:54:00:00:00:01';
const network = planUserNetwork({ addresses: [], dns: [], mac: machineMac });
/** What the guest is to make of its network card, for a launch config. */
export const guestNetwork = network.guest;

export interface BenchMachineOptions {
  platform: Platform;
  initramfsPath: string;
  disks: BenchDisks;
  /** Beside root and config. */
  extraDisks?: readonly DiskDescription[];
  /** The machine counts its instructions, and waits with the first for `stub`. */
  counted: boolean;
  /** The kernel starts /mark in place of /init. */
  marked: boolean;
  /** QEMU's, behind all others. */
  extraArguments?: readonly string[];
}

/** With `shift=0` a guest's time stamp counter has one tick for each nanosecond. */
const countedTscKHz = 1_000_000;

function describe(options: BenchMachineOptions, directory: string): MachineDescription {
  const { platform, initramfsPath, disks, counted, marked } = options;
  const description = describeMachine({
    architecture: 'x86_64',
    machine: platform.board,
    accelerator: 'tcg',
    cpus: 1,
    memoryMiB: machineMemoryMiB,
    logLevel: 'info',
    tscKHz: counted ? countedTscKHz : tscKHzFromCpuInfo(readFileSync('/proc/cpuinfo', 'utf8')),
    kernelPath: platform.kernelPath,
    initramfsPath,
    rootDiskPath: disks.rootPath,
    configDiskPath: disks.configPath,
    channelSocketPath: join(directory, 'channel.sock'),
    console: { logPath: join(directory, 'console.log') },
    network: { kind: 'user', mac: machineMac, ...network.stacks },
    volumeDisks: options.extraDisks ?? [],
  });
  const kernelArguments = [...description.kernelArguments, ...(marked ? ['rdinit=/mark'] : [])];
  return { ...description, kernelArguments };
}

/** A machine of a bench. It runs until it is disposed or ends by itself. */
export class BenchMachine implements AsyncDisposable {
  readonly qmp: Qmp;
  /** Only of a machine that counts; it has not started yet. */
  readonly stub: GdbStub | undefined;
  readonly channelSocketPath: string;
  /** QEMU's. */
  readonly pid: number;
  readonly #consolePath: string;
  readonly #release: () => Promise<void>;

  private constructor(parts: {
    qmp: Qmp;
    stub: GdbStub | undefined;
    pid: number;
    description: MachineDescription;
    release: () => Promise<void>;
  }) {
    this.qmp = parts.qmp;
    this.stub = parts.stub;
    this.pid = parts.pid;
    this.channelSocketPath = parts.description.channelSocketPath;
    this.#consolePath = parts.description.console.logPath;
    this.#release = parts.release;
  }

  /** Starts QEMU. Throws a FirstbornError of code `timeout` when it does not come up. */
  static async start(options: BenchMachineOptions): Promise<BenchMachine> {
    const scratch = scratchDirectory();
    const [qmpPath, gdbPath] = [join(scratch.path, 'qmp.sock'), join(scratch.path, 'gdb.sock')];
    const description = describe(options, scratch.path);
    const { program, args } = qemuCommand(description);
    const counting = options.counted ? [...instructionCountArguments, ...gdbArguments(gdbPath)] : [];
    const words = [...args, ...counting, ...(options.extraArguments ?? []), ...qmpArguments(qmpPath)];
    const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
    const release = endWith(child, scratch);
    try {
      const qmp = await Qmp.connect(qmpPath, connectDeadlineMs);
      const stub = options.counted ? await GdbStub.connect(gdbPath, connectDeadlineMs) : undefined;
      return new BenchMachine({ qmp, stub, pid: child.pid ?? 0, description, release });
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** What kernel, init and, where there is no channel, the workload have printed. */
  get console(): string {
    return readFileSync(this.#consolePath, 'latin1').replaceAll('\r', '');
  }

  /** Waits until `text` holds something. Throws a FirstbornError of code `vm` when the machine ends before. */
  async waitForText(wanted: string, text: () => string = () => this.console): Promise<void> {
    let hasEnded = false;
    void this.qmp.closed.then(() => (hasEnded = true));
    while (!text().includes(wanted)) {
      if (hasEnded) throw this.failure(`The machine has ended before it said "${wanted}"`);
      await delay(pollMs);
    }
  }

  /** Rejects when the machine ends before `work` is done. */
  async whileRunning<Value>(work: Promise<Value>): Promise<Value> {
    const gone = this.qmp.closed.then(() => {
      throw this.failure('The machine has ended');
    });
    return await Promise.race([work, gone]);
  }

  failure(problem: string): FirstbornError {
    return new FirstbornError('vm', `${problem}; its console ends with "${this.console.slice(-1500)}"`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stub?.close();
    this.qmp.close();
    await this.#release();
  }
}

function endWith(child: ChildProcess, scratch: Disposable): () => Promise<void> {
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.once('error', () => {}); // 'close' follows
  const timer = setTimeout(() => child.kill('SIGKILL'), lifetimeMs);
  return async () => {
    clearTimeout(timer);
    child.kill('SIGKILL');
    await closed;
    scratch[Symbol.dispose]();
  };
}
