import { Event, type ReadyEvent } from '../../protocol/messages.ts';
import type { MachineEnd } from '../machine/machine-end.ts';
import type { MachineHealth } from '../machine/machine-record.ts';
import { readEventLines } from './event-log.ts';
import { machineHealth } from './machine-health.ts';

/** What the event log says of the machine's latest boot. */
export interface BootHistory {
  /** Number of the last of the guest's events. */
  lastSequence: number;
  ready: ReadyEvent | undefined;
  /** The last word on the workload's health. */
  health: MachineHealth | undefined;
  /** The guest's last word. */
  end: MachineEnd | undefined;
}

const noHistory: BootHistory = { lastSequence: 0, ready: undefined, health: undefined, end: undefined };

function readLine(line: string): { event?: unknown; unixMs?: unknown } {
  try {
    return (JSON.parse(line) as object | null) ?? {};
  } catch {
    return {};
  }
}

/** Reads the event log up to its end; what is no event of a guest is passed over. Blocks for the reading. */
export function readBootHistory(eventsPath: string): BootHistory {
  let history = noHistory;
  for (const line of readEventLines(eventsPath)) {
    const { event, unixMs } = readLine(line);
    const isStart = (event as { event?: unknown } | undefined)?.event === 'start';
    if (isStart) history = noHistory;
    const { success, data } = Event.safeParse(event);
    if (success) history = { ...history, ...advance(history, data, Number(unixMs)) };
  }
  return history;
}

function advance(history: BootHistory, event: Event, unixMs: number): Partial<BootHistory> {
  const lastSequence = Math.max(history.lastSequence, event.sequence);
  if (event.event === 'ready') return { lastSequence, ready: event };
  if (event.event === 'health') return { lastSequence, health: machineHealth(event, unixMs) };
  if (history.end !== undefined) return { lastSequence };
  if (event.event === 'exit') return { lastSequence, end: { state: 'exited', event } };
  if (event.event === 'fault') return { lastSequence, end: { state: 'fault', event } };
  return { lastSequence };
}
