import { join } from 'node:path';
import { artefacts } from '../../host/artefacts.ts';
import type { TimelineEntry } from '../../protocol/messages.ts';
import { BenchMachine } from '../machine/bench-machine.ts';
import type { BenchDisks } from '../machine/disks.ts';
import { ChannelWords, consoleWords, type GuestWords } from '../machine/guest-words.ts';
import { kernelEntry } from '../machine/kernel-entry.ts';
import { type Mark, runThroughMarks } from '../machine/marks.ts';
import type { Platform } from '../machine/platforms.ts';
import { type BenchPrograms, entryAddress } from '../machine/programs.ts';
import type { Peer, PeerBoot } from '../peers/peer.ts';

/** Where a boot is stopped, to count: each in every machine that gets there. */
export type MarkName = 'kernel' | 'init' | 'node' | 'workload';

/** One boot. Counts are guest instructions since the machine was switched on, times those of the guest's own clock. */
export interface ColdStart {
  counts: Record<'kernel' | 'init' | 'workload', number> & Partial<Record<'node', number>>;
  /** When the workload looked at the clock, and JavaScript at its first line. */
  workloadNs: number;
  javascriptNs?: number;
  phases?: TimelineEntry[];
  readyNs?: number;
}

export interface ColdStartCase {
  peer: Peer;
  boot: PeerBoot;
  platform: Platform;
  initramfsPath: string;
  disks: BenchDisks;
  programs: BenchPrograms;
}

/** Node as the guest has it: stripped, at the same addresses. */
const strippedNode = (): string => join(artefacts().baseInitramfsPath, '../node');

async function marksOf({ peer, platform, programs }: ColdStartCase): Promise<Mark<MarkName>[]> {
  const mark = async (name: MarkName, path: string): Promise<Mark<MarkName>> => ({
    name,
    address: await entryAddress(path),
  });
  return [
    { name: 'kernel', address: await kernelEntry(platform.kernelPath) },
    await mark('init', programs.markPath),
    ...(peer.isNode ? [await mark('node', strippedNode())] : []),
    await mark('workload', programs.workloadPath),
  ];
}

/** `workload 123`: a word and nanoseconds, on a line of its own. */
export function readClock(text: string, word: string): number | undefined {
  const digits = new RegExp(`^${word} (\\d+)$`, 'm').exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const nanosecondsPerMs = 1e6;

function readStart(machine: BenchMachine, words: GuestWords): Omit<ColdStart, 'counts'> {
  const workloadNs = readClock(words.text(), 'workload');
  if (workloadNs === undefined) throw machine.failure('The workload has not told its clock');
  if (!(words instanceof ChannelWords)) {
    const javascriptNs = readClock(words.text(), 'javascript');
    return { workloadNs, ...(javascriptNs === undefined ? {} : { javascriptNs }) };
  }
  const { timeline, timeMs } = words.ready;
  const first = timeline[0]?.endMs;
  return {
    workloadNs,
    phases: timeline,
    readyNs: timeMs * nanosecondsPerMs,
    ...(first === undefined ? {} : { javascriptNs: first * nanosecondsPerMs }),
  };
}

/** Boots one machine and counts. Throws a FirstbornError when it ends or stops anywhere else on its way. */
export async function measureColdStart(one: ColdStartCase): Promise<ColdStart> {
  const { peer, boot, platform, initramfsPath, disks } = one;
  await using machine = await BenchMachine.start({
    platform,
    initramfsPath,
    disks,
    extraDisks: boot.extraDisks ?? [],
    counted: true,
    marked: true,
  });
  const { stub } = machine;
  if (stub === undefined) throw machine.failure('The machine does not count');
  using words = peer.hasChannel ? await ChannelWords.connect(machine) : consoleWords(machine);
  const counts = await machine.whileRunning(runThroughMarks(stub, machine.qmp, await marksOf(one)));
  await words.waitFor('workload ');
  await machine.waitForText('\n', () => words.text().slice(words.text().indexOf('workload ')));
  return { counts, ...readStart(machine, words) };
}
