import type { MachineInfo } from '../client/index.ts';
import { isActive } from '../client/machine-removal.ts';
import { humanAge, humanDuration } from './human-duration.ts';

/** What a filter by health knows, as docker-ps(1) has it. */
export const healthWords = ['starting', 'healthy', 'unhealthy', 'none'] as const;
export type HealthWord = (typeof healthWords)[number];

const lostText = 'Lost (the monitor is dead, the machine runs: start or rm -f)';

/** As docker-ps(1): ` (healthy)`, ` (unhealthy)`, ` (health: starting)`, nothing without a check. */
function healthSuffix({ health }: MachineInfo['status']): string {
  if (health === null) return '';
  return health.status === 'starting' ? ' (health: starting)' : ` (${health.status})`;
}

/** What a machine is doing, in the words of docker-ps(1). Pure. */
export function statusText({ status, state }: MachineInfo, nowMs: number): string {
  const { startedMs, finishedMs, exit } = status;
  const code = exit === null ? '?' : String(exit.code);
  const age = finishedMs === null ? '' : ` ${humanAge(finishedMs, nowMs)}`;
  const upText = startedMs === null ? 'Up' : `Up ${humanDuration(Math.max(0, nowMs - startedMs))}`;
  switch (state) {
    case 'created':
      return 'Created';
    case 'starting':
      return 'Starting';
    case 'running':
      return upText + healthSuffix(status);
    case 'stopping':
      return `${upText} (stopping)`;
    case 'restarting':
      return `Restarting (${code})${age}`;
    case 'exited':
      return `Exited (${code})${age}`;
    case 'lost':
      return lostText;
    case 'dead':
      return 'Dead';
    default:
      return state satisfies never;
  }
}

/** How a workload that runs is; `none` of one without a check, and of one that does not run. Pure. */
export function healthWord({ status, state }: MachineInfo): HealthWord {
  const isRunning = state === 'running' || state === 'stopping';
  return isRunning ? (status.health?.status ?? 'none') : 'none';
}

/** Something of the machine is there now. */
export function isUp({ state }: MachineInfo): boolean {
  return isActive(state);
}

/** The ports that lead to the guest: `0.0.0.0:8080->80/tcp, 127.0.0.1:53->53/udp`. Pure. */
export function portsText({ record }: MachineInfo): string {
  return record.ports
    .map(({ protocol, hostAddress, hostPort, guestPort }) => {
      const address = hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress || '0.0.0.0';
      return `${address}:${hostPort}->${guestPort}/${protocol}`;
    })
    .join(', ');
}
