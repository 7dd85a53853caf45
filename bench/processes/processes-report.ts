import { formatTable } from '../../host/cli/table.ts';
import type { BenchReport, Figure } from '../bench.ts';
import { figureOf, formatBytes, formatNumber } from '../figures.ts';
import { type Order, orders } from './load-process.ts';
import { type Reaper, reapers } from './reapers.ts';

/** What one process takes, from its fork until it is reaped. */
export interface ProcessCost {
  instructions: number;
  /** By how much less memory was free while they were made than before. */
  memoryPeakBytes: number;
  /** Largest resident size of process 1, as the load sees it. */
  processOnePeakBytes: number;
}

export type ProcessCosts = Record<Reaper, Record<Order, ProcessCost>>;

const titles: Record<Reaper, string> = {
  containerReaper: "Firstborn, container's reaper",
  init: 'Firstborn, init itself',
  shell: 'busybox sh as process 1',
  program: 'C program as process 1',
};

const figureNames: Record<Reaper, string> = {
  containerReaper: 'firstborn/reaper',
  init: 'firstborn/init',
  shell: 'shell',
  program: 'c',
};

const method =
  'A small static program forks and executes /bin/true and waits for it ("child"), or forks a child that forks a grandchild and ends ' +
  'at once, and waits until whoever gets the orphans has reaped them all ("orphan": two processes, of which one is reaped by somebody ' +
  'else). With Firstborn it runs in a container as "runc spec" describes it: with a pid namespace, in which the reaper of --init is ' +
  'process 1, and without one, where orphans go to init. The peers are the same kernel and machine with busybox sh or the same reaper ' +
  'as process 1, without cgroups and capabilities to drop. -icount shift=0, q35, one CPU, 512 MiB, Debian kernel. Memory is by how much ' +
  'free memory sank while they were made.';

function row(reaper: Reaper, { children, orphans }: Record<Order, ProcessCost>): string[] {
  return [
    titles[reaper],
    formatNumber(children.instructions),
    formatNumber(orphans.instructions),
    formatBytes(children.memoryPeakBytes),
    formatBytes(orphans.memoryPeakBytes),
    formatBytes(orphans.processOnePeakBytes),
  ];
}

function figuresOf(reaper: Reaper, costs: ProcessCosts): Figure[] {
  return orders.flatMap((order) => {
    const name = `${figureNames[reaper]}/processes/${order}`;
    const cost = costs[reaper][order];
    const toProgram = cost.instructions / costs.program[order].instructions;
    return [
      figureOf(name, 'instructions', [cost.instructions], true),
      figureOf(`${name}/memory-peak`, 'bytes', [cost.memoryPeakBytes], false),
      figureOf(`${name}/process-1-peak`, 'bytes', [cost.processOnePeakBytes], false),
      ...(reaper === 'program' ? [] : [figureOf(`${name}/to-c`, 'ratio', [toProgram], true)]),
    ];
  });
}

/** The report of the processes bench. Pure. */
export function reportProcesses(costs: ProcessCosts, count: number): BenchReport {
  const table = formatTable(
    ['WHO REAPS', 'PER CHILD', 'PER ORPHAN', 'PEAK, CHILDREN', 'PEAK, ORPHANS', 'PROCESS 1 PEAK'],
    reapers.map((reaper) => row(reaper, costs[reaper])),
  );
  return {
    figures: reapers.flatMap((reaper) => figuresOf(reaper, costs)),
    text: `${table}\nguest instructions and memory; ${count} of each\n`,
    method,
  };
}
