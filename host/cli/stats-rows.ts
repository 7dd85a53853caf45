import { binarySize, decimalSize } from './human-size.ts';
import type { StatsFigures } from './stats-figures.ts';

export const statsTitles = [
  'NAME',
  'CPU %',
  'MEM USAGE / LIMIT',
  'MEM %',
  'NET I/O',
  'BLOCK I/O',
  'PIDS',
  'PRESSURE',
] as const;

const unknown = '--';

/** A machine and what is known of it now; `undefined` while it does not run. */
export interface StatsEntry {
  id: string;
  name: string;
  figures: StatsFigures | undefined;
}

function percent(value: number | undefined): string {
  return value === undefined ? unknown : `${value.toFixed(2)}%`;
}

function pressureText({ cpu, memory, io }: StatsFigures['pressure']): string {
  return [cpu, memory, io].map((share) => share?.toFixed(1) ?? unknown).join(' / ');
}

/** One row of `firstborn stats`. Pure. */
export function statsRow({ name, figures }: StatsEntry): string[] {
  if (figures === undefined) return [name, ...statsTitles.slice(1).map(() => unknown)];
  const used = figures.memoryBytes === undefined ? unknown : binarySize(figures.memoryBytes);
  return [
    name,
    percent(figures.cpuPercent),
    `${used} / ${binarySize(figures.memoryLimitBytes)}`,
    percent(figures.memoryPercent),
    `${decimalSize(figures.receivedBytes)} / ${decimalSize(figures.sentBytes)}`,
    `${decimalSize(figures.readBytes)} / ${decimalSize(figures.writtenBytes)}`,
    figures.pids === undefined ? unknown : String(figures.pids),
    pressureText(figures.pressure),
  ];
}

/** One object of `firstborn stats --json`. Its keys are documented in docs/cli.md and stay. Pure. */
export function statsObject({ id, name, figures }: StatsEntry, unixMs: number): object {
  return {
    unixMs,
    id,
    name,
    running: figures !== undefined,
    cpuPercent: figures?.cpuPercent ?? null,
    memoryBytes: figures?.memoryBytes ?? null,
    memoryLimitBytes: figures?.memoryLimitBytes ?? null,
    memoryPercent: figures?.memoryPercent ?? null,
    receivedBytes: figures?.receivedBytes ?? null,
    sentBytes: figures?.sentBytes ?? null,
    readBytes: figures?.readBytes ?? null,
    writtenBytes: figures?.writtenBytes ?? null,
    pids: figures?.pids ?? null,
    pressure: {
      cpu: figures?.pressure.cpu ?? null,
      memory: figures?.pressure.memory ?? null,
      io: figures?.pressure.io ?? null,
    },
  };
}
