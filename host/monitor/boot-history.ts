import { Event, type ReadyEvent } from '../../protocol/messages.ts';
import type { MachineEnd } from '../machine/machine-end.ts';
import { readEventLines } from './event-log.ts';

/** What the event log says of the machine's latest boot. */
export interface BootHistory {
  /** Number of the last of the guest's events. */
  lastSequence: number;
  ready: ReadyEvent | undefined;
  /** The guest's last word. */
  end: MachineEnd | undefined;
}

function eventOf(line: string): unknown {
  try {
    return (JSON.parse(line) as { event?: unknown } | null)?.event;
  } catch {
    return undefined;
  }
}

/** Reads the event log up to its end; what is no event of a guest is passed over. Blocks for the reading. */
export function readBootHistory(eventsPath: string): BootHistory {
  let history: BootHistory = { lastSequence: 0, ready: undefined, end: undefined };
  for (const line of readEventLines(eventsPath)) {
    const event = eventOf(line);
    const isStart = (event as { event?: unknown } | undefined)?.event === 'start';
    if (isStart) history = { lastSequence: 0, ready: undefined, end: undefined };
    const { success, data } = Event.safeParse(event);
    if (success) history = { ...history, ...advance(history, data) };
  }
  return history;
}

function advance(history: BootHistory, event: Event): Partial<BootHistory> {
  const lastSequence = Math.max(history.lastSequence, event.sequence);
  if (event.event === 'ready') return { lastSequence, ready: event };
  if (history.end !== undefined) return { lastSequence };
  if (event.event === 'exit') return { lastSequence, end: { state: 'exited', event } };
  if (event.event === 'fault') return { lastSequence, end: { state: 'fault', event } };
  return { lastSequence };
}
