/**
 * What one exec costs the guest, in instructions: `true` is started, its exit comes back, and only then the next one
 * is asked for. Beside it the smallest request there is, so that the channel's own part can be told.
 */
import { formatTable } from '../host/cli/table.ts';
import { RawGuest } from '../test/support/raw-guest.ts';
import { type BenchOptions, runBench } from './bench-options.ts';
import { ExecRunner } from './exec-runner.ts';
import { executedInstructions, instructionCountArguments } from './instruction-count.ts';
import { spreadPercent, type Summary, summarize } from './statistics.ts';

const words = {
  summary: 'Measures the round trip of an exec and of a ping, in guest instructions under emulation.',
  options: {
    count: { default: 200, help: 'round trips in a round' },
    warmup: { default: 50, help: 'round trips before the first round' },
    rounds: { default: 3, help: 'rounds' },
  },
};
type Options = BenchOptions<keyof (typeof words)['options']>;

/** Guest instructions per round trip. */
interface Cost {
  total: number;
  /** Within the container's cgroup: from the clone on, so the plan before its execve is in it. */
  container: number;
  /** Init and the kernel on its behalf: all that is not the container's. */
  rest: number;
  /** Host's time per round trip. It depends on what else the host does. */
  wallMs: number;
}

/** What the container has used is asked for by a request, which is work of the guest: never within the total. */
async function containerInstructions(guest: RawGuest): Promise<number> {
  const { containers } = await guest.request('metrics', {});
  // With a nanosecond for each instruction, the kernel's account of CPU time is one of instructions.
  return (containers[0]?.cpu?.usageUs ?? 0) * 1000;
}

/** The mean of `count` round trips, one after the other. */
async function measure(guest: RawGuest, count: number, once: () => Promise<unknown>): Promise<Cost> {
  const containerBefore = await containerInstructions(guest);
  const before = await executedInstructions(guest.qmp);
  const startMs = performance.now();
  for (let done = 0; done < count; done += 1) await once();
  const wallMs = (performance.now() - startMs) / count;
  const total = ((await executedInstructions(guest.qmp)) - before) / count;
  const container = ((await containerInstructions(guest)) - containerBefore) / count;
  return { total, container, rest: total - container, wallMs };
}

interface Report {
  rounds: number;
  count: number;
  exec: Cost[];
  ping: Cost[];
  /** After all rounds. */
  init: { residentBytes: number; heapUsedBytes: number; openFds: number };
}

async function measureAll({ count, warmup, rounds }: Options): Promise<Report> {
  await using guest = await RawGuest.boot({
    launch: { process: { command: ['sh'], stdin: true } },
    command: (args) => [...args, ...instructionCountArguments],
  });
  const runner = new ExecRunner(guest.client);
  const exec = (): Promise<number> => runner.run(['true']);
  const ping = (): Promise<undefined> => guest.request('ping', undefined);
  for (let done = 0; done < warmup; done += 1) {
    await exec();
    await ping();
  }
  const report: Omit<Report, 'init'> = { rounds, count, exec: [], ping: [] };
  for (let round = 0; round < rounds; round += 1) {
    report.exec.push(await measure(guest, count, exec));
    report.ping.push(await measure(guest, count, ping));
  }
  const { machine } = await guest.request('metrics', {});
  return { ...report, init: machine.init };
}

function costCells(name: string, costs: readonly Cost[]): string[] {
  const cell = (part: keyof Cost): string => formatCost(summarize(costs.map((cost) => cost[part])));
  return [name, cell('total'), cell('container'), cell('rest'), cell('wallMs')];
}

function formatCost(summary: Summary): string {
  const { median } = summary;
  const text = median < 1000 ? median.toFixed(1) : Math.round(median).toLocaleString('en-US');
  return `${text} (±${(spreadPercent(summary) / 2).toFixed(1)} %)`;
}

const mebibytes = (lengthBytes: number): string => (lengthBytes / 1024 ** 2).toFixed(1);

function formatReport({ exec, ping, rounds, count, init }: Report): string {
  const table = formatTable(
    ['ROUND TRIP', 'GUEST INSTRUCTIONS', "CONTAINER'S", 'INIT AND KERNEL', 'HOST MS'],
    [costCells('exec true', exec), costCells('ping', ping)],
  );
  const memory = `init: ${mebibytes(init.residentBytes)} MiB resident, ${mebibytes(init.heapUsedBytes)} MiB heap, ${init.openFds} descriptors`;
  return `${table}\nmedian of ${rounds} rounds of ${count}\n${memory}\n`;
}

await runBench(words, async (options) => {
  const report = await measureAll(options);
  return { json: report, text: formatReport(report) };
});
