import type { Bench, BenchOptions, BenchReport, Figure } from '../bench.ts';
import { type Comparison, formatComparison, type Ratio, type Row } from '../comparison-table.ts';
import { formatBytes } from '../figures.ts';
import { type ComparedCase, type Matrix, prepareComparison } from '../machine/comparison.ts';
import { peerNames } from '../peers/peer.ts';
import { measureMemory, type MemoryUse } from './guest-memory.ts';
import { measureMonitor } from './monitor-memory.ts';

const everything: Matrix = [
  ['debian', peerNames],
  ['microvm', peerNames],
];
const quickLook: Matrix = [['microvm', ['firstborn', 'firstborn-disk', 'floor', 'floor-disk', 'c']]];

const details: Readonly<Record<keyof MemoryUse, string>> = {
  inUseBytes: 'in-use',
  notFreeBytes: 'not-free',
  reservedBytes: 'reserved',
  initOwnBytes: 'init-own',
  initFileBytes: 'init-file',
  initramfsBytes: 'initramfs',
  touchedBytes: 'touched',
  qemuBytes: 'qemu',
};

const columns: Comparison['columns'] = [
  { title: 'IN USE', detail: details.inUseBytes, format: formatBytes },
  { title: 'NOT FREE', detail: details.notFreeBytes, format: formatBytes },
  { title: "KERNEL'S", detail: details.reservedBytes, format: formatBytes },
  { title: "INIT'S OWN", detail: details.initOwnBytes, format: formatBytes },
  { title: 'OF FILES', detail: details.initFileBytes, format: formatBytes },
  { title: 'INITRAMFS', detail: details.initramfsBytes, format: formatBytes },
  { title: 'TOUCHED', detail: details.touchedBytes, format: formatBytes },
  { title: 'QEMU', detail: details.qemuBytes, format: formatBytes },
];

/** Within a page or so the guest's own account is the same each time; what QEMU has depends on what it translated. */
const isDeterministic = (detail: string): boolean => detail !== details.qemuBytes;

function memoryFigures(caseName: string, use: MemoryUse): Figure[] {
  return (Object.keys(details) as (keyof MemoryUse)[]).map((part) => ({
    name: `${caseName}/${details[part]}`,
    value: use[part],
    unit: 'bytes',
    deterministic: isDeterministic(details[part]),
  }));
}

const rowOf = ({ name, peer }: ComparedCase): Row => ({ title: peer.title, caseName: name });

function tableOf(figures: readonly Figure[], cases: readonly ComparedCase[], platformName: string): string {
  const ours = cases.filter(({ platform }) => platform.name === platformName);
  const ratios = ours.flatMap((one): Ratio[] => {
    const to = rowOf(one);
    const isReference = one.peer.init === 'floor' || one.peer.init === 'c';
    return isReference
      ? [{ title: `IN USE TO ${to.title.toUpperCase()}`, detail: details.inUseBytes, to }]
      : [];
  });
  return formatComparison(figures, {
    title: platformName.toUpperCase(),
    rows: ours.map(rowOf),
    columns,
    ratios,
  });
}

async function run({ quick, onProgress }: BenchOptions): Promise<BenchReport> {
  const figures: Figure[] = [];
  const cases: ComparedCase[] = [];
  for await (const one of prepareComparison(quick ? quickLook : everything)) {
    onProgress(`memory of ${one.name}`);
    figures.push(...memoryFigures(one.name, await measureMemory(one)));
    cases.push(one);
  }
  onProgress('memory of a monitor');
  const monitorBytes = await measureMonitor();
  figures.push({ name: 'monitor/own', value: monitorBytes, unit: 'bytes', deterministic: false });
  const platformNames = [...new Set(cases.map(({ platform }) => platform.name))];
  const tables = platformNames.map((name) => tableOf(figures, cases, name));
  return { figures, text: `${tables.join('\n')}\nmonitor: ${formatBytes(monitorBytes)}\n`, method };
}

const method = `A machine of 512 MiB whose workload has slept for three seconds. IN USE is MemTotal - MemAvailable, NOT FREE
MemTotal - MemFree, KERNEL'S the memory that is not in MemTotal. INIT'S OWN are the anonymous pages of process 1, OF
FILES those that a file of its root or a shared memory has. On the host TOUCHED is what the guest's memory takes, QEMU
the anonymous memory of its process beside that, most of it translated code; the monitor's is anonymous, too.`;

export const memory: Bench = {
  name: 'memory',
  summary: 'memory of a machine whose workload sleeps, in the guest and on the host, against other inits',
  run,
};
