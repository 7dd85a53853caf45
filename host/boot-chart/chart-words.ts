import type { BootTimeline } from './boot-timeline.ts';
import type { ChartKind, ChartRow } from './chart-rows.ts';
import { characters } from '../cli/plain-text.ts';

const longestImage = 56;

/** What the legend calls a kind. */
export const kindWords: Readonly<Record<ChartKind, string>> = {
  host: 'host',
  kernel: 'kernel',
  runtime: 'runtime',
  phase: 'phases',
  driver: 'drivers',
  container: 'container',
};

/** A time to three digits, as far as it is known: `4374`, `64.9`. */
export function formatMs(timeMs: number): string {
  return Math.abs(timeMs) < 99.95 ? timeMs.toFixed(1) : Math.round(timeMs).toString();
}

/** A tick of the time axis: `−200`, `0`, `1000`, `0.5`. */
export function tickText(tickMs: number): string {
  return String(Number(tickMs.toPrecision(6))).replace('-', '−');
}

/** What stands behind a row's name: its length, or for a moment its time. */
export function rowTime({ isMoment, startMs, endMs }: ChartRow): string {
  return isMoment ? `at ${formatMs(startMs)} ms` : `${formatMs(endMs - startMs)} ms`;
}

/** `web: workload after 6112 ms`. */
export function chartTitle({ machine, workloadMs }: BootTimeline): string {
  return `${machine.name}: workload after ${formatMs(workloadMs)} ms`;
}

/** An image is a path here; its end says more than its beginning. */
function imageWords(image: string): string {
  const all = characters(image);
  return all.length <= longestImage ? image : `…${all.slice(1 - longestImage).join('')}`;
}

/** What booted on what, part by part; parts that are not known are left out. */
export function chartDetails({ machine }: BootTimeline): string[] {
  const { image, kernel, board, accelerator, cpus, memoryMiB } = machine;
  return [
    image === undefined ? undefined : imageWords(image),
    `Linux ${kernel}`,
    board,
    accelerator,
    cpus === undefined ? undefined : cpus === 1 ? '1 CPU' : `${cpus} CPUs`,
    memoryMiB === undefined ? undefined : `${memoryMiB} MiB`,
  ].filter((part) => part !== undefined);
}

/** The host's times for themselves, where they can't be drawn beside the guest's; else nothing. */
export function hostNote({ host }: BootTimeline): string | undefined {
  if (host?.since !== 'start') return undefined;
  const parts = host.steps.map(({ name, startMs, endMs }) =>
    startMs === endMs ? `${name} at ${formatMs(startMs)} ms` : `${name} ${formatMs(endMs - startMs)} ms`,
  );
  return `By the host's clock, from the start: ${parts.join(', ')}`;
}
