import { formatTable } from '../../host/cli/table.ts';
import type { BenchReport, Figure } from '../bench.ts';
import { figureOf } from '../figures.ts';
import { spreadPercent, summarize } from '../statistics.ts';
import { peerOf, type Preparation, preparations } from './preparations.ts';
import type { CommandTime } from './timed-command.ts';

/** What each way took in one round. */
export type ImageRound = Record<Preparation, CommandTime>;
/** By the image's name, a round after the other. */
export type ImageTimes = Record<string, ImageRound[]>;

const titles: Record<Preparation, string> = {
  'firstborn-squashfs': 'firstborn build',
  'umoci-squashfs': 'umoci + mksquashfs',
  'firstborn-erofs': 'firstborn build --format erofs',
  'umoci-erofs': 'umoci + mkfs.erofs',
  'firstborn-cached': 'firstborn build, cached',
};

const method =
  'Each way is a command, from its start to its end: "firstborn build" with an empty cache of root disks (the initramfs is there) or ' +
  'after another build of the same image, or "umoci unpack" and then mksquashfs or mkfs.erofs with the same compression. CPU time is ' +
  'that of all processes of the command. The ways take turns; a ratio is the median of the ratios within the rounds. "firstborn build" ' +
  'verifies all digests, makes the config disk as well, and leaves kernel and initramfs beside the disks.';

const parts = ['wallMs', 'cpuMs'] as const;
type Part = (typeof parts)[number];

const valuesOf = (rounds: readonly ImageRound[], way: Preparation, part: Part): number[] =>
  rounds.map((round) => round[way][part]);

function ratios(rounds: readonly ImageRound[], way: Preparation, part: Part): number[] | undefined {
  const peer = peerOf[way];
  return peer === undefined ? undefined : rounds.map((round) => round[way][part] / round[peer][part]);
}

function cells(rounds: readonly ImageRound[], way: Preparation, part: Part): string[] {
  const summary = summarize(valuesOf(rounds, way, part));
  const ratio = ratios(rounds, way, part);
  return [
    `${Math.round(summary.median)} (±${(spreadPercent(summary) / 2).toFixed(0)} %)`,
    ratio === undefined ? '' : summarize(ratio).median.toFixed(2),
  ];
}

function tableOf(name: string, rounds: readonly ImageRound[]): string {
  const rows = preparations.map((way) => [titles[way], ...parts.flatMap((part) => cells(rounds, way, part))]);
  return formatTable([name.toUpperCase(), 'WALL MS', 'TO UMOCI', 'CPU MS', 'TO UMOCI'], rows);
}

function figuresOf(name: string, rounds: readonly ImageRound[]): Figure[] {
  return preparations.flatMap((way) =>
    parts.flatMap((part) => {
      const figureName = `${way.replace('-', '/')}/images/${name}/${part === 'wallMs' ? 'wall' : 'cpu'}`;
      const ratio = ratios(rounds, way, part);
      const figure = figureOf(figureName, 'ms', valuesOf(rounds, way, part), false);
      return ratio === undefined
        ? [figure]
        : [figure, figureOf(`${figureName}/to-umoci`, 'ratio', ratio, false)];
    }),
  );
}

/** The report of the images bench. Pure. */
export function reportImages(times: ImageTimes): BenchReport {
  const images = Object.entries(times);
  const rounds = images[0]?.[1].length ?? 0;
  return {
    figures: images.flatMap(([name, measured]) => figuresOf(name, measured)),
    text: `${images.map(([name, measured]) => tableOf(name, measured)).join('\n')}\nmedian of ${rounds} rounds\n`,
    method,
  };
}
