import type { MachineState } from './types.ts';

/** States in which something of a machine runs. */
const activeStates: readonly MachineState[] = ['starting', 'running', 'stopping', 'restarting', 'lost'];

export function isActive(state: MachineState): boolean {
  return activeStates.includes(state);
}
