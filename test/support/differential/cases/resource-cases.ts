import type { SpecResources } from '../../../../protocol/oci/runtime-spec.ts';
import { asking, type DifferentialCase } from '../differential-case.ts';

/** A case with limits. Their files are read by the probe, whichever generation of control groups has them. */
function limited(name: string, resources: SpecResources, words: string[] = []): DifferentialCase {
  return asking(
    name,
    words,
    (spec) => {
      Object.assign(spec.linux.resources, resources);
    },
    { needsControllers: true },
  );
}

const mebibyte = 1024 * 1024;

/** `linux.resources` apart from devices. */
export const resourceCases: DifferentialCase[] = [
  limited('a limit on memory', { memory: { limit: 64 * mebibyte } }),
  limited('a reservation of memory', { memory: { limit: 64 * mebibyte, reservation: 32 * mebibyte } }),
  limited('no limit on memory', { memory: { limit: -1 } }),
  limited('a limit on processes', { pids: { limit: 50 } }),
  limited('a limit on processes that bites', { pids: { limit: 1 } }),
  limited('no limit on processes', { pids: { limit: -1 } }),
  limited('a quota of processor time', { cpu: { quota: 50_000, period: 100_000 } }),
  limited('a quota without a period', { cpu: { quota: 20_000 } }),
  limited('a period without a quota', { cpu: { period: 50_000 } }),
  limited('the least share of processor time', { cpu: { shares: 2 } }),
  limited('a usual share of processor time', { cpu: { shares: 1024 } }),
  limited('the largest share of processor time', { cpu: { shares: 262_144 } }),
  limited('a set of processors', { cpu: { cpus: '0', mems: '0' } }),
  limited('several limits', {
    memory: { limit: 128 * mebibyte },
    pids: { limit: 100 },
    cpu: { shares: 512, quota: 100_000, period: 100_000 },
  }),
];
