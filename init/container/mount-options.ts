import {
  MS_BIND,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_STRICTATIME,
} from '../../addon/constants.ts';

/** Options that are flags of mount(2). */
const flagOptions = new Map<string, number>([
  ['ro', MS_RDONLY],
  ['nosuid', MS_NOSUID],
  ['nodev', MS_NODEV],
  ['noexec', MS_NOEXEC],
  ['bind', MS_BIND],
  ['rbind', MS_BIND | MS_REC],
  ['noatime', MS_NOATIME],
  ['nodiratime', MS_NODIRATIME],
  ['relatime', MS_RELATIME],
  ['strictatime', MS_STRICTATIME],
]);

/** Options that take back what an earlier one has set. */
const clearingOptions = new Map<string, number>([
  ['rw', MS_RDONLY],
  ['suid', MS_NOSUID],
  ['dev', MS_NODEV],
  ['exec', MS_NOEXEC],
]);

/** Sorts options into flags and the data string that goes to the filesystem (RO 13); a later one wins. Pure. */
export function parseMountOptions(options: readonly string[]): { flags: number; data: string } {
  let flags = 0;
  const data: string[] = [];
  for (const option of options) {
    const flag = flagOptions.get(option);
    const cleared = clearingOptions.get(option);
    if (flag !== undefined) flags |= flag;
    else if (cleared !== undefined) flags &= ~cleared;
    else data.push(option);
  }
  return { flags, data: data.join(',') };
}
