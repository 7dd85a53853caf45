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

/** Options that are flags of mount(2); a value of 0 clears nothing because nothing is set by default. */
const flagOptions = new Map<string, number>([
  ['ro', MS_RDONLY],
  ['rw', 0],
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

/** Sorts options into flags and the data string that goes to the filesystem (RO 13). Pure. */
export function parseMountOptions(options: readonly string[]): { flags: number; data: string } {
  let flags = 0;
  const data: string[] = [];
  for (const option of options) {
    const flag = flagOptions.get(option);
    if (flag === undefined) data.push(option);
    else flags |= flag;
  }
  return { flags, data: data.join(',') };
}
