import { FirstbornError } from '../../protocol/errors.ts';
import type { MachineInfo, MachineState } from '../client/index.ts';
import { type Filters, readFilters } from './filter-words.ts';
import { healthWord, healthWords, isUp } from './machine-status.ts';

const filterKeys = ['name', 'status', 'health', 'label'] as const;
type FilterKey = (typeof filterKeys)[number];

/** The states that a status filter knows. */
export const machineStates = [
  'created',
  'starting',
  'running',
  'stopping',
  'restarting',
  'exited',
  'lost',
  'dead',
] as const satisfies readonly MachineState[];

/** Which machines to list. Of several filters with one key any may fit, labels all have to; every key has to. */
export type MachineFilter = Filters<FilterKey>;

/** Reads `--filter`. Throws a FirstbornError of code `usage`. */
export function readMachineFilter(words: readonly string[]): MachineFilter {
  const filter = readFilters(words, filterKeys);
  refuseUnknown(filter, 'status', machineStates);
  refuseUnknown(filter, 'health', healthWords);
  return filter;
}

function refuseUnknown(filter: MachineFilter, key: FilterKey, known: readonly string[]): void {
  const unknown = filter.get(key)?.find((word) => !known.includes(word));
  if (unknown === undefined) return;
  throw new FirstbornError('usage', `Cannot take the ${key} "${unknown}": expected ${known.join(', ')}`);
}

/** Whether a machine is to be listed; one that is not up only with `all`, or with a status asked for. Pure. */
export function isListed(info: MachineInfo, filter: MachineFilter, all: boolean): boolean {
  const statuses = filter.get('status');
  const healths = filter.get('health');
  const names = filter.get('name');
  return (
    (all || statuses !== undefined || isUp(info)) &&
    (statuses === undefined || statuses.includes(info.state)) &&
    (healths === undefined || healths.includes(healthWord(info))) &&
    (names === undefined || names.some((part) => info.record.name.includes(part))) &&
    (filter.get('label') ?? []).every((label) => hasLabel(info, label))
  );
}

/** `KEY` or `KEY=VALUE`. */
function hasLabel({ record }: MachineInfo, label: string): boolean {
  const equals = label.indexOf('=');
  const key = equals === -1 ? label : label.slice(0, equals);
  if (!Object.hasOwn(record.labels, key)) return false;
  return equals === -1 || record.labels[key] === label.slice(equals + 1);
}
