import { toCount } from './counters.ts';

/** What /proc/PID/stat tells (proc(5)). Times are in ticks of USER_HZ. */
export interface ProcessStat {
  name: string;
  /** One letter. */
  state: string;
  parentPid: number;
  cpuTicks: number;
  threads: number;
  /** Since the kernel started. */
  startTicks: number;
}

/** The name is the process's own choice and may hold anything, blanks and brackets too: the last bracket ends it. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const nameStart = text.indexOf('(');
  const nameEnd = text.lastIndexOf(')');
  const fields = text.slice(nameEnd + 2).split(' ');
  const [state, parentPid] = fields;
  const [userTicks, systemTicks, threads, startTicks] = [fields[11], fields[12], fields[17], fields[19]];
  if (nameStart === -1 || nameEnd === -1 || !state || startTicks === undefined) return undefined;
  return {
    name: text.slice(nameStart + 1, nameEnd),
    state,
    parentPid: toCount(parentPid),
    cpuTicks: toCount(userTicks) + toCount(systemTicks),
    threads: toCount(threads),
    startTicks: toCount(startTicks),
  };
}

/** What /proc/PID/status tells and stat does not. */
export interface ProcessStatus {
  /** In the innermost pid namespace: as the process itself sees it. */
  containerPid: number;
  uid: number;
  effectiveUid: number;
  gid: number;
  effectiveGid: number;
  residentBytes: number;
  virtualBytes: number;
}

/** Here the kernel escapes line ends in the name, so no line is the process's own. */
export function parseProcessStatus(text: string): ProcessStatus | undefined {
  const words = (key: string): string[] => {
    const line = new RegExp(`^${key}:[ \\t]+(.*)$`, 'm').exec(text)?.[1] ?? '';
    return line.split(/\s+/);
  };
  const [uid, effectiveUid] = words('Uid');
  const [gid, effectiveGid] = words('Gid');
  if (!uid || !gid) return undefined;
  return {
    // A kernel without pid namespaces has no such line, and then the two are the same.
    containerPid: toCount(words('NSpid').at(-1) || words('Pid')[0]),
    uid: toCount(uid),
    effectiveUid: toCount(effectiveUid),
    gid: toCount(gid),
    effectiveGid: toCount(effectiveGid),
    // A process that has ended has neither.
    residentBytes: toCount(words('VmRSS')[0] || '0') * 1024,
    virtualBytes: toCount(words('VmSize')[0] || '0') * 1024,
  };
}

/**
 * Takes /proc/PID/cmdline apart: arguments that end with NUL each. Stops when `maxLength` characters are used up,
 * the ends of arguments counted as one each.
 */
export function parseCommandLine(text: string, maxLength: number): string[] {
  const args = text.split('\0');
  if (args.at(-1) === '') args.pop();
  const kept: string[] = [];
  let left = maxLength;
  for (const argument of args) {
    if (left <= 0) break;
    kept.push(argument.slice(0, left));
    left -= argument.length + 1;
  }
  return kept;
}
