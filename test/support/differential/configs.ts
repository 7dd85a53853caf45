import { deviceCases } from './cases/device-cases.ts';
import { generatedCases } from './cases/generated-cases.ts';
import { hookCases } from './cases/hook-cases.ts';
import { limitCases } from './cases/limit-cases.ts';
import { mountCases } from './cases/mount-cases.ts';
import { nameCases } from './cases/name-cases.ts';
import { processCases } from './cases/process-cases.ts';
import { resourceCases } from './cases/resource-cases.ts';
import { seccompCases } from './cases/seccomp-cases.ts';
import { terminalCases } from './cases/terminal-cases.ts';
import { userCases } from './cases/user-cases.ts';
import type { DifferentialCase } from './differential-case.ts';

/** Every case. */
export const differentialCases: readonly DifferentialCase[] = [
  ...processCases,
  ...limitCases,
  ...userCases,
  ...nameCases,
  ...mountCases,
  ...deviceCases,
  ...resourceCases,
  ...seccompCases,
  ...terminalCases,
  ...hookCases,
  ...generatedCases(40, 20_261),
];
