import type { TimelineEntry } from '../../protocol/messages.ts';
import { executedInstructions } from '../instruction-count.ts';
import { BenchMachine } from '../machine/bench-machine.ts';
import type { BenchDisks } from '../machine/disks.ts';
import { ChannelWords, consoleWords, type GuestWords } from '../machine/guest-words.ts';
import { kernelEntry } from '../machine/kernel-entry.ts';
import { type Mark, runThroughMarks } from '../machine/marks.ts';
import type { Platform } from '../machine/platforms.ts';
import { type BenchPrograms, entryAddress, functionAddress } from '../machine/programs.ts';
import type { Peer, PeerBoot } from '../peers/peer.ts';

/** Where a boot is stopped, to count: each in a machine that gets there. */
export type MarkName = 'kernel' | 'init' | 'node' | 'javascript' | 'workload';

/** One boot. Counts are guest instructions since the machine was switched on, times those of the guest's own clock. */
export interface ColdStart {
  counts: Record<'kernel' | 'init' | 'workload', number> & Partial<Record<'node' | 'javascript', number>>;
  /** When the workload looked at the clock. */
  workloadNs: number;
  /** Firstborn's own account. */
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

/** What `process.hrtime.bigint()` calls in Node. The floor does so in its first line, and Node never by itself. */
const clockFunction =
  '_ZN4node7process11BindingData16SlowHrtimeBigIntERKN2v820FunctionCallbackInfoINS2_5ValueEEE';

/** The guest's Node is this one, stripped: everything in it has the same address. */
async function nodeMarks({ hasChannel }: Peer): Promise<Mark<MarkName>[]> {
  const node: Mark<MarkName> = { name: 'node', address: await entryAddress(process.execPath) };
  // Firstborn's libraries look at the clock long before its own first line; it tells of that in its phases.
  const clock = hasChannel ? undefined : await functionAddress(process.execPath, clockFunction);
  return clock === undefined ? [node] : [node, { name: 'javascript', address: clock }];
}

async function marksOf({ peer, platform, programs }: ColdStartCase): Promise<Mark<MarkName>[]> {
  const mark = async (name: MarkName, path: string): Promise<Mark<MarkName>> => ({
    name,
    address: await entryAddress(path),
  });
  return [
    { name: 'kernel', address: await kernelEntry(platform.kernelPath) },
    await mark('init', programs.markPath),
    ...(peer.isNode ? await nodeMarks(peer) : []),
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
  if (!(words instanceof ChannelWords)) return { workloadNs };
  const { timeline, timeMs } = words.ready;
  return { workloadNs, phases: timeline, readyNs: timeMs * nanosecondsPerMs };
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
  const marks = await marksOf(one);
  const count = (): Promise<number> => executedInstructions(machine.qmp);
  const counts = await machine.whileRunning(runThroughMarks(stub, count, marks, 'workload'));
  const { kernel, init } = counts;
  if (kernel === undefined || init === undefined) throw machine.failure('The machine has passed no mark');
  await words.waitFor('workload ');
  await machine.waitForText('\n', () => words.text().slice(words.text().indexOf('workload ')));
  return { counts: { ...counts, kernel, init }, ...readStart(machine, words) };
}
