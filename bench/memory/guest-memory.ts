import { text } from 'node:stream/consumers';
import { BenchMachine, machineMemoryMiB } from '../machine/bench-machine.ts';
import type { ComparedCase } from '../machine/comparison.ts';
import { ChannelWords, consoleWords, type GuestWords } from '../machine/guest-words.ts';
import { hostMemory, sharedMemoryArguments } from './host-memory.ts';
import { kernelBytes, printedFile } from './proc-text.ts';

/** A machine whose workload sleeps. */
export interface MemoryUse {
  /** MemTotal - MemAvailable: what nothing can give back. */
  inUseBytes: number;
  /** MemTotal - MemFree: with the page cache. */
  notFreeBytes: number;
  /** The machine's memory that the kernel never counts, its own image above all. */
  reservedBytes: number;
  /** Process 1: its own pages, and those of files, which a ramfs keeps anyway. */
  initOwnBytes: number;
  initFileBytes: number;
  initramfsBytes: number;
  /** On the host: pages of the guest that it has touched, and all else that QEMU has. */
  touchedBytes: number;
  qemuBytes: number;
}

/** A container that sees every process: it shares init's pid namespace. */
const statusOfInit = {
  ociVersion: '1.2.0',
  root: { path: 'root' },
  process: { args: ['/bin/cat', '/proc/1/status'], cwd: '/', user: { uid: 0, gid: 0 }, env: ['PATH=/bin'] },
  mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
  linux: { namespaces: [{ type: 'mount' }] },
};
const requestDeadlineMs = 60_000;

async function initStatus(machine: BenchMachine, words: GuestWords, one: ComparedCase): Promise<string> {
  if (words instanceof ChannelWords) {
    const { client } = words;
    const { streams } = await client.request(
      'run-container',
      { config: JSON.stringify(statusOfInit) },
      { deadlineMs: requestDeadlineMs },
    );
    return streams.stdout === undefined
      ? ''
      : await machine.whileRunning(text(client.readable(streams.stdout)));
  }
  if (one.peer.reportsItself) await words.waitFor('reported\n');
  return printedFile(words.text(), one.peer.reportsItself ? 'init' : 'process 1') ?? '';
}

function required(machine: BenchMachine, body: string, name: string): number {
  const value = kernelBytes(body, name);
  if (value === undefined) throw machine.failure(`The machine has not told its ${name}`);
  return value;
}

/** Boots one machine and looks at it once its workload has slept for some seconds. */
export async function measureMemory(one: ComparedCase): Promise<MemoryUse> {
  const { platform, initramfsPath, initramfsBytes, disks, boot, peer } = one;
  await using machine = await BenchMachine.start({
    platform,
    initramfsPath,
    disks,
    extraDisks: boot.extraDisks ?? [],
    counted: false,
    marked: false,
    extraArguments: sharedMemoryArguments(machineMemoryMiB),
  });
  using words = peer.hasChannel ? await ChannelWords.connect(machine) : consoleWords(machine);
  await words.waitFor('settled\n');
  const onHost = await hostMemory(machine.pid);
  const meminfo = printedFile(words.text(), 'meminfo') ?? '';
  const status = await initStatus(machine, words, one);
  const totalBytes = required(machine, meminfo, 'MemTotal');
  return {
    inUseBytes: totalBytes - required(machine, meminfo, 'MemAvailable'),
    notFreeBytes: totalBytes - required(machine, meminfo, 'MemFree'),
    reservedBytes: machineMemoryMiB * 1024 ** 2 - totalBytes,
    initOwnBytes: required(machine, status, 'RssAnon'),
    initFileBytes: required(machine, status, 'RssFile') + required(machine, status, 'RssShmem'),
    initramfsBytes,
    ...onHost,
  };
}
