import { FirstbornError } from '../../protocol/errors.ts';
import { eventNames, type MachineEvent } from './event-text.ts';
import { type Filters, readFilters } from './filter-words.ts';

const filterKeys = ['machine', 'event'] as const;

/** Which events to show: of any of the machines, and any of the kinds. */
export interface EventFilter {
  machines: readonly string[];
  kinds: readonly string[];
}

/** Reads `--filter` and the operands of `events`. Throws a FirstbornError of code `usage`. */
export function readEventFilter(words: readonly string[], machines: readonly string[]): EventFilter {
  const filters: Filters<(typeof filterKeys)[number]> = readFilters(words, filterKeys);
  const kinds = filters.get('event') ?? [];
  const unknown = kinds.find((kind) => !eventNames.some((name) => name === kind));
  if (unknown !== undefined) {
    throw new FirstbornError(
      'usage',
      `Cannot take the event "${unknown}": expected ${eventNames.join(', ')}`,
    );
  }
  return { machines: [...machines, ...(filters.get('machine') ?? [])], kinds };
}

/** Whether a machine is meant, by its name, its id or the beginning of its id. Pure. */
export function isMachineWanted({ machines }: EventFilter, { id, name }: MachineEvent['machine']): boolean {
  return (
    machines.length === 0 || machines.some((word) => word === name || (word !== '' && id.startsWith(word)))
  );
}

/** Whether an event is of a kind that is meant. Pure. */
export function isKindWanted({ kinds }: EventFilter, { event }: MachineEvent): boolean {
  return kinds.length === 0 || kinds.includes(event.event);
}
