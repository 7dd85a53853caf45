/** What the probe printed, as it printed it. Strings hold one character for each byte. */
export interface Observation {
  argv: string[];
  env: string[];
  cwd: string;
  hostname: string;
  domainname: string;
  machine: string;
  descriptors: ObservedDescriptor[];
  terminal?: Record<string, string | number | boolean>;
  /** Real, effective, saved, file system. */
  uids: number[];
  gids: number[];
  groups: number[];
  capabilities: Record<string, string>;
  signals: Record<string, string>;
  sessionKeyring: string;
  rlimits: Record<string, string>;
  scheduler: Record<string, number>;
  affinity: number[];
  processorsOnline: number;
  pid: number;
  parent: number;
  session: number;
  processGroup: number;
  /** Inode numbers. */
  namespaces: Record<string, number>;
  controlGroups: Answer;
  controlFiles: Record<string, string>;
  mounts: Answer;
  timeOffsets: Answer;
  uidMap: Answer;
  gidMap: Answer;
  root: ObservedFile;
  devices: Record<string, ObservedFile>;
  answers: Record<string, Answer>;
  /** Numbers and texts that need no interpretation. */
  umask: number;
  personality: string;
  securebits: number;
  noNewPrivileges: number;
  seccompMode: number;
  seccompFilters: number;
  dumpable: number;
  keepCapabilities: number;
  transparentHugePagesOff: number;
  timerSlackNs: number;
  parentDeathSignal: number;
  childSubreaper: number;
  ioPriority: number;
  oomScoreAdj: number;
}

export interface ObservedDescriptor {
  fd: number;
  kind: string;
  owner: number;
  access: number;
  nonBlocking: boolean;
  closeOnExec: boolean;
  major?: number;
  minor?: number;
  mode?: number;
}

export interface ObservedFile {
  type?: string;
  mode?: number;
  uid?: number;
  gid?: number;
  major?: number;
  minor?: number;
  target?: string;
  error?: string;
}

/** A file's text, an attempt's outcome, a directory's names, or an object. */
export type Answer = string | string[] | Record<string, string | number | boolean>;

/** The text of an answer; an error's name where there is none. */
export function answerText(answer: Answer): string {
  return typeof answer === 'string' ? answer : `(${JSON.stringify(answer)})`;
}

/** Reads the probe's line; whatever a program printed before it is passed over. Throws when there is none. */
export function readObservation(output: string): Observation {
  const [line] = /\{"argv":.*$/m.exec(output) ?? [];
  if (line === undefined) throw new Error(`The probe did not report: ${JSON.stringify(output.slice(-500))}`);
  return JSON.parse(line) as Observation;
}
