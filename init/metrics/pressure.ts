import type { Pressure, PressureLine } from '../../protocol/metrics.ts';
import { readKernelFile } from '../machine/kernel-file.ts';
import { toCount } from './counters.ts';

function parseLine(line: string): PressureLine {
  const value = (name: string): number => toCount(new RegExp(`\\b${name}=([\\d.]+)`).exec(line)?.[1]);
  return { avg10: value('avg10'), avg60: value('avg60'), avg300: value('avg300'), totalUs: value('total') };
}

/** Reads a PSI file (Documentation/accounting/psi.rst). `undefined` for anything else. */
export function parsePressure(text: string): Pressure | undefined {
  const some = /^some .*$/m.exec(text)?.[0];
  const full = /^full .*$/m.exec(text)?.[0];
  if (some === undefined) return undefined;
  return { some: parseLine(some), ...(full === undefined ? {} : { full: parseLine(full) }) };
}

/**
 * The three pressures of the machine or of a cgroup. `pathOf` gives the file of each. A kernel without PSI, or one
 * that was told `psi=0`, has none.
 */
export function readPressures(pathOf: (resource: 'cpu' | 'memory' | 'io') => string): {
  cpu?: Pressure;
  memory?: Pressure;
  io?: Pressure;
} {
  const pressures: { cpu?: Pressure; memory?: Pressure; io?: Pressure } = {};
  for (const resource of ['cpu', 'memory', 'io'] as const) {
    const pressure = parsePressure(readKernelFile(pathOf(resource)) ?? '');
    if (pressure !== undefined) pressures[resource] = pressure;
  }
  return pressures;
}
