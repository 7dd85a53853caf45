import { type RlimitType, rlimitTypes } from '../../../../protocol/oci/runtime-spec.ts';
import { asking, beyondRunc, change, type DifferentialCase } from '../differential-case.ts';

const mebibyte = 1024 * 1024;
/** Below the limits of whoever runs the test, which only CAP_SYS_RESOURCE may exceed, and enough for the probe. */
const values: Partial<Record<RlimitType, [soft: number, hard: number]>> = {
  RLIMIT_AS: [512 * mebibyte, 1024 * mebibyte],
  RLIMIT_CORE: [0, 4096],
  RLIMIT_CPU: [60, 120],
  RLIMIT_DATA: [512 * mebibyte, 1024 * mebibyte],
  RLIMIT_FSIZE: [64 * mebibyte, 128 * mebibyte],
  RLIMIT_NICE: [0, 0],
  RLIMIT_RTPRIO: [0, 0],
  RLIMIT_RTTIME: [1_000_000, 2_000_000],
  RLIMIT_STACK: [4 * mebibyte, 16 * mebibyte],
  RLIMIT_MEMLOCK: [65536, 131_072],
};

const each: DifferentialCase[] = rlimitTypes.map((type) =>
  change(`${type} is set`, (spec) => {
    const [soft, hard] = values[type] ?? [1000, 2000];
    spec.process.rlimits = [{ type, soft, hard }];
  }),
);

/** `process.rlimits`. */
export const limitCases: DifferentialCase[] = [
  ...each,
  asking('limits that bite', ['try=fill:/work/large:2097152', 'try=fill:/work/small:4096'], (spec) => {
    spec.process.rlimits = [{ type: 'RLIMIT_FSIZE', soft: mebibyte, hard: mebibyte }];
  }),
  change('no limits at all', (spec) => {
    delete spec.process.rlimits;
  }),
  beyondRunc(
    'a raised limit',
    'Who runs the test may lack CAP_SYS_RESOURCE',
    (spec) => {
      spec.process.rlimits?.push({ type: 'RLIMIT_MEMLOCK', soft: -1, hard: -1 });
    },
    { 'rlimits.RLIMIT_MEMLOCK': '-1 -1' },
  ),
];
