import type { Bench } from '../bench.ts';
import { executedInstructions } from '../instruction-count.ts';
import { type Order, orders } from './load-process.ts';
import { buildPrograms, type Programs } from './load-program.ts';
import { type ProcessCost, type ProcessCosts, reportProcesses } from './processes-report.ts';
import { bootFirstborn, bootPlain, type LoadSite, type Reaper, reapers } from './reapers.ts';

const wholeCount = 10_000;
const quickCount = 1_000;
/** Before each measurement: files are read and pages are mapped by then. */
const warmupCount = 100;

function boot(reaper: Reaper, programs: Programs): Promise<AsyncDisposable & LoadSite> {
  return reaper === 'init' || reaper === 'containerReaper'
    ? bootFirstborn(reaper, programs)
    : bootPlain(reaper, programs);
}

async function measure({ qmp, load }: LoadSite, order: Order, count: number): Promise<ProcessCost> {
  await load.order(order, Math.min(warmupCount, count));
  const before = await executedInstructions(qmp);
  const answer = await load.order(order, count);
  return {
    instructions: ((await executedInstructions(qmp)) - before) / count,
    memoryPeakBytes: answer.freeBytesBefore - answer.lowestFreeBytes,
    processOnePeakBytes: answer.processOnePeakBytes,
  };
}

/** One machine after the other: what each does alone is counted. */
export const processesBench: Bench = {
  name: 'processes',
  summary:
    'Ten thousand short processes, and as many orphans to reap, against a shell and a C program as process 1',
  async run(options) {
    const count = options.quick ? quickCount : wholeCount;
    const programs = await buildPrograms();
    const costs: Partial<ProcessCosts> = {};
    for (const reaper of reapers) {
      await using site = await boot(reaper, programs);
      const cost: Partial<Record<Order, ProcessCost>> = {};
      for (const order of orders) {
        options.onProgress(`processes: ${count} ${order}, reaped by ${reaper}`);
        cost[order] = await measure(site, order, count);
      }
      costs[reaper] = cost as Record<Order, ProcessCost>;
    }
    return reportProcesses(costs as ProcessCosts, count);
  },
};
