import { formatTable } from '../../host/cli/table.ts';
import type { BenchReport, Figure } from '../bench.ts';
import { figureOf, formatBytes, formatSummary } from '../figures.ts';
import { summarize } from '../statistics.ts';
import type { RoundTripAmount, RoundTripCost, RoundTrips } from './round-trips.ts';

const method =
  'One machine under -icount shift=0 (q35, one CPU, 512 MiB, Debian kernel) runs "true" by exec in the container of a shell, ' +
  'each after the exit of the one before. QEMU counts the instructions; the share of the container is what its cgroup is charged.';

const parts = ['total', 'container', 'rest'] as const;

function row(name: string, costs: readonly RoundTripCost[]): string[] {
  const cell = (part: keyof RoundTripCost): string =>
    formatSummary(summarize(costs.map((cost) => cost[part])));
  return [name, ...parts.map(cell), cell('wallMs')];
}

function figuresOf(name: string, costs: readonly RoundTripCost[]): Figure[] {
  const valuesOf = (part: keyof RoundTripCost): number[] => costs.map((cost) => cost[part]);
  return [
    ...parts.map((part) => figureOf(`${name}/${part}`, 'instructions', valuesOf(part), true)),
    figureOf(`${name}/host`, 'ms', valuesOf('wallMs'), false),
  ];
}

/** The report of the exec bench. Pure. */
export function reportRoundTrips(
  { exec, ping, init }: RoundTrips,
  { count, rounds }: RoundTripAmount,
): BenchReport {
  const table = formatTable(
    ['ROUND TRIP', 'GUEST INSTRUCTIONS', "CONTAINER'S", 'INIT AND KERNEL', 'HOST MS'],
    [row('exec true', exec), row('ping', ping)],
  );
  const memory = `init: ${formatBytes(init.residentBytes)} resident, ${formatBytes(init.heapUsedBytes)} heap, ${init.openFds} descriptors`;
  return {
    figures: [
      ...figuresOf('firstborn/exec', exec),
      ...figuresOf('firstborn/ping', ping),
      figureOf('firstborn/exec/init-resident', 'bytes', [init.residentBytes], false),
      figureOf('firstborn/exec/descriptors', 'count', [init.openFds], true),
    ],
    text: `${table}\nmedian of ${rounds} rounds of ${count}\n${memory}\n`,
    method,
  };
}
