import type { RecordedEvent } from '../client/index.ts';
import { plainText } from './plain-text.ts';

/** What happened to a machine; `removed` is seen from outside, and nobody writes it down. */
export interface MachineEvent {
  unixMs: number;
  machine: RecordedEvent['machine'];
  event: RecordedEvent['event'] | { event: 'removed' };
}

/** Of the events, for filters and for completion. */
export const eventNames = [
  'created',
  'start',
  'started',
  'ready',
  'boot-timeline',
  'oom',
  'health',
  'stopping',
  'exit',
  'exec-exit',
  'corruption',
  'fault',
  'restart',
  'end',
  'destroy',
  'gap',
  'removed',
] as const satisfies readonly MachineEvent['event']['event'][];

/** Names and values, of objects in an event too (`exit.code=1`). Lists are left to --json. */
function attributes(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    if (Array.isArray(item) || item === null || item === undefined) return [];
    if (typeof item === 'object') return attributes(item, `${prefix}${key}.`);
    return [`${plainText(prefix + key)}=${attributeText(item)}`];
  });
}

function attributeText(item: unknown): string {
  const text = plainText(String(item));
  return /^[^\s"=,()]+$/.test(text) ? text : JSON.stringify(text);
}

/** An event in one line: `2026-01-31T12:00:00.000Z machine exit 0123456789abcdef (name=web, code=0)`. Pure. */
export function eventLine({ unixMs, machine, event: { event, ...rest } }: MachineEvent): string {
  const details = [`name=${machine.name}`, ...attributes(rest)].join(', ');
  return `${new Date(unixMs).toISOString()} machine ${event} ${machine.id} (${details})`;
}
