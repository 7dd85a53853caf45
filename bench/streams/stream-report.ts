import { formatTable } from '../../host/cli/table.ts';
import type { BenchReport, Figure } from '../bench.ts';
import { figureOf } from '../figures.ts';
import { spreadPercent, type Summary, summarize } from '../statistics.ts';
import { type Direction, directions } from './stream-side.ts';

/** What one move took. */
export interface Move {
  mebibytesPerSecond: number;
  /** CPU time of the bench's own process: the host's end, without QEMU. */
  hostCpuMsPerMebibyte: number;
  /** Only of a machine that counts. */
  instructionsPerByte: number | undefined;
}

/** The ways that are compared: a bare dd, one behind a pipe, Firstborn. */
export const ways = ['dd', 'pipedDd', 'firstborn'] as const;
export type Way = (typeof ways)[number];
export type Round = Record<Way, Move>;
/** By direction, a round after the other. */
export type Rounds = Record<Direction, Round[]>;

export interface StreamReport {
  byTheClock: Rounds;
  byInstructions: Rounds;
}

const titles: Record<Direction, string> = {
  out: 'stdout to host',
  in: 'host to stdin',
  both: 'stdin to stdout',
};

const cell = (summary: Summary, digits: number): string =>
  `${summary.median.toFixed(digits)} (±${(spreadPercent(summary) / 2).toFixed(0)} %)`;

/** Ratios are taken within a round: its moves came one after the other, on a host as busy. */
function rowOf(rounds: readonly Round[], direction: Direction, part: keyof Move, digits: number): string[] {
  const value = (round: Round, way: Way): number => round[way][part] ?? Number.NaN;
  const ratioTo = (way: Way): number =>
    summarize(rounds.map((round) => value(round, 'firstborn') / value(round, way))).median;
  return [
    titles[direction],
    ...ways.map((way) => cell(summarize(rounds.map((round) => value(round, way))), digits)),
    ratioTo('dd').toFixed(2),
    ratioTo('pipedDd').toFixed(2),
  ];
}

function formatPart(title: string, rounds: Rounds, part: keyof Move, digits: number): string {
  const rows = directions.map((direction) => rowOf(rounds[direction], direction, part, digits));
  return formatTable([title, 'DD', 'DD | DD', 'FIRSTBORN', 'TO DD', 'TO DD | DD'], rows);
}

const method =
  'Zeros go through the virtio port of two machines alike, in which either dd or Firstborn has the port open, in turns; the first round ' +
  'warms up. By the clock without, by instructions with -icount shift=0. "dd | dd" has a pipe between the port and the process ' +
  'that makes or takes the bytes, as whatever carries the streams of processes has. Ratios are taken within a round.';

const wayNames: Record<Way, string> = { dd: 'dd', pipedDd: 'piped-dd', firstborn: 'firstborn' };
const directionNames: Record<Direction, string> = { out: 'stdout', in: 'stdin', both: 'stdin-to-stdout' };

/** How large the pieces are that come in, and so how often they wake Firstborn up, depends on the host. */
const isDeterministic = (direction: Direction, way: Way): boolean =>
  direction === 'out' || way !== 'firstborn';

function ratioFigure(rounds: readonly Round[], direction: Direction): Figure {
  const ratios = rounds.map(
    ({ firstborn, pipedDd }) => (firstborn.instructionsPerByte ?? 0) / (pipedDd.instructionsPerByte ?? 0),
  );
  const name = `firstborn/streams/${directionNames[direction]}/byte/to-piped-dd`;
  return figureOf(name, 'ratio', ratios, isDeterministic(direction, 'firstborn'));
}

function figuresOf({ byTheClock, byInstructions }: StreamReport): Figure[] {
  return directions.flatMap((direction) => [
    ...ways.flatMap((way) => {
      const name = `${wayNames[way]}/streams/${directionNames[direction]}`;
      const speeds = byTheClock[direction].map((round) => round[way].mebibytesPerSecond);
      const costs = byInstructions[direction].map((round) => round[way].instructionsPerByte ?? Number.NaN);
      return [
        figureOf(`${name}/speed`, 'MiB/s', speeds, false),
        figureOf(`${name}/byte`, 'instructions', costs, isDeterministic(direction, way)),
      ];
    }),
    ratioFigure(byInstructions[direction], direction),
  ]);
}

/** The report of the streams bench. Pure. */
export function reportStreams(
  report: StreamReport,
  { mebibytes, rounds }: { mebibytes: number; rounds: number },
): BenchReport {
  return {
    figures: figuresOf(report),
    text: `${formatStreamReport(report)}\nmedian of ${rounds} rounds of ${mebibytes} MiB\n`,
    method,
  };
}

/** The report as tables. Pure. */
export function formatStreamReport({ byTheClock, byInstructions }: StreamReport): string {
  return [
    formatPart('MIB/S', byTheClock, 'mebibytesPerSecond', 1),
    formatPart('HOST CPU MS/MIB', byTheClock, 'hostCpuMsPerMebibyte', 2),
    formatPart('GUEST INSTRUCTIONS/BYTE', byInstructions, 'instructionsPerByte', 2),
  ].join('\n');
}
