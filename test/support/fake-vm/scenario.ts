import type { HealthStatus } from '../../../protocol/health.ts';

/** What a fake VM does, as tests write it into the kernel's command line. */
export interface Scenario {
  /** Programs of guest-programs.ts, one for each boot; the last one serves all further boots. */
  workloads: string[][];
  terminal?: boolean;
  stdin?: boolean;
  /** Before the guest's init: `broken` ends with a message, `silent` ends with the first session. */
  manner?: 'normal' | 'deaf' | 'refuse' | 'broken' | 'silent';
  /** A fault instead of a workload. */
  fault?: string;
  /** What the guest says of its workload's health right after it has become ready, for each boot. */
  health?: HealthStatus[][];
  /** Tells where the time of its boot went, a moment after it has become ready. */
  timeline?: boolean;
  /** Does not power off by itself. */
  linger?: boolean;
}

const prefix = 'fake.scenario=';

/** The kernel argument that carries a scenario. */
export function scenarioArgument(scenario: Scenario): string {
  return prefix + encodeURIComponent(JSON.stringify(scenario));
}

export function readScenario(commandLine: string): Scenario {
  const word = commandLine.split(' ').find((argument) => argument.startsWith(prefix)) ?? '';
  return JSON.parse(decodeURIComponent(word.slice(prefix.length))) as Scenario;
}
