import type { SpecIdMapping, SpecLinux } from '../../protocol/oci/runtime-spec.ts';
import { refuseValue } from './refuse-value.ts';
import { wholeNumber } from './resources/limit-text.ts';

/** What is written to files of /proc/<pid> before a process in new namespaces goes on. All are pure. */

/** Ids go up to 2^32 - 2; the number behind them stands for none. */
const idCount = 0xffff_ffff;
/** user_namespaces(7), "Defining user and group ID mappings". */
const maxMappings = 340;
/** Such a file is written at once, and in less than a page. */
const maxTextBytes = 4095;
/** KTIME_SEC_MAX: more seconds than this don't fit 64 bits of nanoseconds. */
const maxOffsetSeconds = 9_223_372_036;
const nanosecondsPerSecond = 1_000_000_000;

/** Of two mappings of one list, whether they name an id twice on the side that `member` tells. */
function overlaps(a: SpecIdMapping, b: SpecIdMapping, member: 'containerID' | 'hostID'): boolean {
  return a[member] < b[member] + b.size && b[member] < a[member] + a.size;
}

function checkMapping(mapping: SpecIdMapping, path: string): void {
  wholeNumber(mapping.size, 1, idCount, `${path}.size`);
  wholeNumber(mapping.containerID, 0, idCount - mapping.size, `${path}.containerID`);
  wholeNumber(mapping.hostID, 0, idCount - mapping.size, `${path}.hostID`);
}

function checkOverlaps(mappings: readonly SpecIdMapping[], path: string): void {
  mappings.forEach((mapping, index) => {
    for (const member of ['containerID', 'hostID'] as const) {
      const other = mappings.slice(0, index).findIndex((earlier) => overlaps(mapping, earlier, member));
      if (other !== -1) {
        refuseValue(
          `${path}[${index}].${member}`,
          `expected ids that ${path}[${other}] does not map already`,
        );
      }
    }
  });
}

/**
 * The text of uid_map or gid_map (user_namespaces(7)). `path` is the list's place: `linux.uidMappings`. Throws a
 * FirstbornError that names the mapping which the kernel would refuse.
 */
export function idMapText(mappings: readonly SpecIdMapping[], path: string): string {
  if (mappings.length > maxMappings) {
    refuseValue(path, `expected at most ${maxMappings} mappings, got ${mappings.length}`);
  }
  mappings.forEach((mapping, index) => {
    checkMapping(mapping, `${path}[${index}]`);
  });
  checkOverlaps(mappings, path);
  const text = mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join('');
  if (text.length > maxTextBytes) {
    refuseValue(
      path,
      `expected at most ${maxTextBytes} characters when written as a map, got ${text.length}`,
    );
  }
  return text;
}

/**
 * The text of timens_offsets (time_namespaces(7)): a line for each clock that is given. Throws a FirstbornError that
 * names the member which the kernel would refuse; an offset that makes a clock negative only the kernel can see.
 */
export function timeOffsetsText(offsets: NonNullable<SpecLinux['timeOffsets']>): string {
  return (['monotonic', 'boottime'] as const)
    .flatMap((clock) => {
      const offset = offsets[clock];
      if (offset === undefined) return [];
      const path = `linux.timeOffsets.${clock}`;
      const seconds = wholeNumber(offset.secs ?? 0, -maxOffsetSeconds, maxOffsetSeconds, `${path}.secs`);
      const nanoseconds = wholeNumber(offset.nanosecs ?? 0, 0, nanosecondsPerSecond - 1, `${path}.nanosecs`);
      return [`${clock} ${seconds} ${nanoseconds}\n`];
    })
    .join('');
}
