import { formatTable } from '../../host/cli/table.ts';
import type { BenchReport, Figure } from '../bench.ts';
import { figureOf, formatBytes, formatNumber } from '../figures.ts';
import type { Growth } from './growth.ts';

export interface ContainerCosts {
  /** Guest instructions, from the request to its answer: then the container's program runs. */
  startInstructions: number;
  /** From the request to kill it until its exit is known. */
  endInstructions: number;
  /** While all are alive, by container. */
  perContainer: Growth;
  /** Once all are gone, in all. */
  remains: Growth;
  cycleInstructions: number;
  perCycle: Growth;
}

const method =
  'Containers as "runc spec" describes them, with "sleep" in them, are started beside an idle workload one after the other, then killed ' +
  'one after the other; then one is started and killed again and again. One machine, -icount shift=0, q35, one CPU, 512 MiB, Debian ' +
  'kernel, after a warm-up. Memory in use is what MemAvailable has lost; growth by cycle compares the least of the second half of ' +
  'twenty samples with the least of the first, so garbage that comes and goes does not count.';

const growthCells = (growth: Growth): string[] => [
  formatBytes(growth.usedBytes),
  formatBytes(growth.initResidentBytes),
  formatBytes(growth.initHeapBytes),
  growth.initDescriptors.toFixed(2),
];

function growthFigures(name: string, growth: Growth): Figure[] {
  return [
    figureOf(`${name}/memory`, 'bytes', [growth.usedBytes], false),
    figureOf(`${name}/init-resident`, 'bytes', [growth.initResidentBytes], false),
    figureOf(`${name}/init-heap`, 'bytes', [growth.initHeapBytes], false),
    figureOf(`${name}/descriptors`, 'count', [growth.initDescriptors], true),
  ];
}

/** The report of the containers bench. Pure. */
export function reportContainers(
  costs: ContainerCosts,
  { alive, cycles }: { alive: number; cycles: number },
): BenchReport {
  const work = formatTable(
    ['GUEST INSTRUCTIONS', 'PER CONTAINER'],
    [
      [`start, ${alive} one after the other`, formatNumber(costs.startInstructions)],
      ['kill and removal', formatNumber(costs.endInstructions)],
      [`start and removal, ${cycles} times`, formatNumber(costs.cycleInstructions)],
    ],
  );
  const growth = formatTable(
    ['GROWTH', 'MEMORY IN USE', 'INIT RESIDENT', 'INIT HEAP', 'DESCRIPTORS'],
    [
      [`per container, ${alive} alive`, ...growthCells(costs.perContainer)],
      ['after their end, in all', ...growthCells(costs.remains)],
      [`per cycle, of ${cycles}`, ...growthCells(costs.perCycle)],
    ],
  );
  const name = 'firstborn/containers';
  return {
    figures: [
      figureOf(`${name}/start`, 'instructions', [costs.startInstructions], true),
      figureOf(`${name}/end`, 'instructions', [costs.endInstructions], true),
      figureOf(`${name}/cycle`, 'instructions', [costs.cycleInstructions], true),
      ...growthFigures(`${name}/alive`, costs.perContainer),
      ...growthFigures(`${name}/remains`, costs.remains),
      ...growthFigures(`${name}/cycle`, costs.perCycle),
    ],
    text: `${work}\n${growth}`,
    method,
  };
}
