import type { Bench, BenchOptions, BenchReport, Figure } from '../bench.ts';
import { type Comparison, formatComparison, type Ratio, type Row } from '../comparison-table.ts';
import { type ComparedCase, type Matrix, prepareComparison } from '../machine/comparison.ts';
import { peerNames } from '../peers/peer.ts';
import { type ColdStart, measureColdStart } from './cold-start.ts';
import { coldStartFigures } from './cold-start-figures.ts';

const everything: Matrix = [
  ['debian', peerNames],
  ['microvm', peerNames],
  ['microvm-q35', ['firstborn', 'firstborn-disk', 'floor', 'floor-disk', 'c', 'busybox']],
];
/** What tells most for the least time. */
const quickLook: Matrix = [['microvm', ['firstborn', 'firstborn-disk', 'floor', 'floor-disk', 'c']]];
const rounds = 2;

const millions = (value: number): string => (value / 1e6).toFixed(1);

const columns: Comparison['columns'] = [
  { title: 'FIRMWARE', detail: 'firmware', format: millions },
  { title: 'INIT', detail: 'init', format: millions },
  { title: 'NODE', detail: 'node', format: millions },
  { title: 'JAVASCRIPT', detail: 'javascript', format: millions },
  { title: 'WORKLOAD', detail: 'workload', format: millions },
  { title: 'READY, MS', detail: 'ready', format: millions },
];

const rowOf = ({ name, peer }: ComparedCase): Row => ({ title: peer.title, caseName: name });

function ratiosOf(cases: readonly ComparedCase[]): Ratio[] {
  return cases.flatMap((one): Ratio[] => {
    const to = rowOf(one);
    const workload = { title: `WORKLOAD TO ${to.title.toUpperCase()}`, detail: 'workload', to };
    if (one.peer.init === 'c') return [workload];
    const javascript = { title: 'JAVASCRIPT TO IT', detail: 'javascript', to };
    return one.peer.init === 'floor' ? [workload, javascript] : [];
  });
}

function tableOf(figures: readonly Figure[], cases: readonly ComparedCase[], platformName: string): string {
  const ours = cases.filter(({ platform }) => platform.name === platformName);
  return formatComparison(figures, {
    title: platformName.toUpperCase(),
    rows: ours.map(rowOf),
    columns,
    ratios: ratiosOf(ours),
  });
}

function phaseTable(figures: readonly Figure[], cases: readonly ComparedCase[]): string {
  const rows = cases
    .filter(({ peer }) => peer.hasChannel)
    .map(({ name, peer, platform }): Row => ({ title: `${platform.name}, ${peer.runtime}`, caseName: name }));
  const [first] = rows;
  const prefix = `${first?.caseName}/phase/`;
  const details = figures
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name }) => name.slice(prefix.length));
  return formatComparison(figures, {
    title: 'PHASES, MS',
    rows,
    columns: details.map((detail) => ({
      title: detail.toUpperCase(),
      detail: `phase/${detail}`,
      format: millions,
    })),
    ratios: [],
  });
}

async function run({ quick, onProgress }: BenchOptions): Promise<BenchReport> {
  const figures: Figure[] = [];
  const cases: ComparedCase[] = [];
  for await (const one of prepareComparison(quick ? quickLook : everything)) {
    const boots: ColdStart[] = [];
    for (let round = 1; round <= (quick ? 1 : rounds); round += 1) {
      onProgress(`boot ${round} of ${one.name}`);
      boots.push(await measureColdStart(one));
    }
    figures.push(...coldStartFigures(one.name, boots));
    cases.push(one);
  }
  const platformNames = [...new Set(cases.map(({ platform }) => platform.name))];
  const tables = platformNames.map((name) => tableOf(figures, cases, name));
  return { figures, text: [...tables, phaseTable(figures, cases)].join('\n'), method };
}

const method = `Millions of guest instructions, counted by QEMU (-icount shift=0), from the kernel's first instruction to
the first of /init, of Node and of the workload: there a debugger's breakpoint stops the machine, which costs the guest
nothing. FIRMWARE is all before the kernel. JAVASCRIPT is the first line of an init's own script: where bare Node is asked
for the time, and the beginning of Firstborn's first phase, by its clock. READY is that clock at the event that tells the
host, and phases are by it, too; it has a nanosecond for each instruction, begins late in the kernel, and goes on with the
host's while the guest waits. One CPU and 512 MiB, the same disks, devices and workload for all.`;

export const coldStart: Bench = {
  name: 'cold-start',
  summary: 'guest instructions from power-on to the workload, against other inits',
  run,
};
