import { capabilityNames } from '../../../protocol/oci/capability-names.ts';
import type { RuntimeSpec } from '../../../protocol/oci/runtime-spec.ts';
import type { Facts } from './facts.ts';
import { controlFacts } from './normalise-controls.ts';
import { mountFacts } from './normalise-mounts.ts';
import {
  type Answer,
  answerText,
  type Observation,
  type ObservedDescriptor,
  type ObservedFile,
} from './observation.ts';

/** What a container shares with whoever runs it: the inode numbers of that one's namespaces. */
export type SharedNamespaces = Readonly<Record<string, number>>;

/** Reported as they are. */
const plainKeys = [
  'argv',
  'env',
  'cwd',
  'domainname',
  'machine',
  'uids',
  'gids',
  'groups',
  'signals',
  'umask',
  'personality',
  'securebits',
  'noNewPrivileges',
  'seccompMode',
  'seccompFilters',
  'dumpable',
  'keepCapabilities',
  'transparentHugePagesOff',
  'timerSlackNs',
  'parentDeathSignal',
  'childSubreaper',
  'ioPriority',
] as const satisfies readonly (keyof Observation)[];

/**
 * Makes comparable texts of what was seen, and drops what has to differ from one machine to another. `machineMounts`
 * names mount points that are the machine's own business.
 */
export function normalise(
  seen: Observation,
  spec: RuntimeSpec,
  shared: SharedNamespaces,
  machineMounts: readonly string[] = [],
): Facts {
  const facts: Facts = {};
  for (const key of plainKeys) facts[key] = JSON.stringify(seen[key]);
  // A shared name is the machine's.
  facts['hostname'] = seen.namespaces['uts'] === shared['uts'] ? 'shared' : JSON.stringify(seen.hostname);
  const own = (kind: string): boolean => seen.namespaces[kind] !== shared[kind];
  // Every container has mounts of its own; what they are tells more than a number, which may be used again.
  for (const [kind, inode] of Object.entries(seen.namespaces).filter(([name]) => name !== 'mnt')) {
    facts[`namespaces.${kind}`] = inode === shared[kind] ? 'shared' : 'own';
  }
  for (const [set, mask] of Object.entries(seen.capabilities)) {
    facts[`capabilities.${set}`] = capabilityList(BigInt(mask));
  }
  for (const [key, value] of Object.entries(seen.scheduler)) facts[`scheduler.${key}`] = String(value);
  return {
    ...facts,
    ...identityFacts(seen, own('pid')),
    ...inheritedFacts(seen, spec),
    ...descriptorFacts(seen),
    ...controlFacts(seen, spec, own('cgroup')),
    ...mountFacts(answerText(seen.mounts), [...kernelPaths(spec), ...machineMounts]),
    ...deviceFacts(seen),
    ...answerFacts(seen.answers),
  };
}

/** What is masked or read-only below these: which of the paths exist depends on how the kernel was built. */
function kernelPaths({ linux }: RuntimeSpec): string[] {
  const paths = [...(linux?.maskedPaths ?? []), ...(linux?.readonlyPaths ?? [])];
  return paths.filter((path) => /^\/(proc|sys)\//.test(path) && path !== '/proc/sys');
}

function capabilityList(mask: bigint): string {
  return capabilityNames.filter((_, number) => ((mask >> BigInt(number)) & 1n) === 1n).join(' ');
}

/** Numbers of processes mean something only in a pid namespace of the container's own. */
function identityFacts(seen: Observation, ownPids: boolean): Facts {
  const relation = (value: number): string =>
    value === seen.pid ? 'own' : value === 0 ? 'outside' : 'other';
  return {
    pid: ownPids ? String(seen.pid) : 'any',
    // Outside a namespace of its own the parent is whatever process the runtime has left to wait.
    parent: ownPids ? String(seen.parent) : 'any',
    session: relation(seen.session),
    processGroup: relation(seen.processGroup),
    // The serial number of a keyring is its name's end; one of a user is not the container's own.
    sessionKeyring: seen.sessionKeyring
      .replace(/;(_uid_ses|_ses)\.?.*$/, ';$1')
      .replace(/;_tid.*|;_pid.*/, ''),
    uidMap: words(seen.uidMap),
    gidMap: words(seen.gidMap),
    timeOffsets: words(seen.timeOffsets),
  };
}

const words = (answer: Answer): string => answerText(answer).trim().split(/\s+/).join(' ');

/** What a configuration does not name is inherited from whoever runs it, and that one is a different program. */
function inheritedFacts(seen: Observation, spec: RuntimeSpec): Facts {
  const facts: Facts = {};
  const named = new Set<string>(spec.process?.rlimits?.map(({ type }) => type));
  for (const [type, value] of Object.entries(seen.rlimits)) {
    if (named.has(type)) facts[`rlimits.${type}`] = value;
  }
  facts['oomScoreAdj'] = spec.process?.oomScoreAdj === undefined ? 'inherited' : String(seen.oomScoreAdj);
  // Machines have different numbers of processors.
  const everywhere = seen.affinity.length === seen.processorsOnline;
  facts['affinity'] =
    everywhere && spec.linux?.resources?.cpu?.cpus === undefined ? 'all' : seen.affinity.join(' ');
  return facts;
}

function descriptorFacts(seen: Observation): Facts {
  const facts: Facts = {};
  for (const descriptor of seen.descriptors)
    facts[`descriptors.${descriptor.fd}`] = describeDescriptor(descriptor);
  // The number of a terminal depends on how many there are in its instance.
  for (const [key, value] of Object.entries(seen.terminal ?? {})) {
    facts[`terminal.${key}`] = String(value).replace(/^\/dev\/pts\/\d+$/, '/dev/pts/N');
  }
  return facts;
}

function describeDescriptor({
  fd,
  kind,
  owner,
  access,
  nonBlocking,
  closeOnExec,
  ...device
}: ObservedDescriptor): string {
  // Minor numbers of terminals count them; other device numbers are fixed.
  const number =
    device.major === undefined ? '' : ` ${device.major}:${device.major === 136 ? 'N' : device.minor}`;
  const mode = device.mode === undefined ? '' : ` ${device.mode.toString(8)}`;
  const flags = `${nonBlocking ? ' non-blocking' : ''}${closeOnExec ? ' close-on-exec' : ''}`;
  return `${kind}${number}${mode} of ${owner}, ${['read', 'write', 'both'][access] ?? `access ${access} of ${fd}`}${flags}`;
}

function deviceFacts(seen: Observation): Facts {
  const facts: Facts = { root: describeFile(seen.root) };
  for (const [path, file] of Object.entries(seen.devices)) {
    // Those of other terminals come and go.
    if (!/^\/dev\/pts\/\d+$/.test(path)) facts[`devices.${path}`] = describeFile(file);
  }
  return facts;
}

export function describeFile(file: ObservedFile): string {
  if (file.error !== undefined) return file.error;
  const number = file.major === undefined ? '' : ` ${file.major}:${file.major === 136 ? 'N' : file.minor}`;
  const target = file.target === undefined ? '' : ` -> ${file.target}`;
  return `${file.type}${number} ${file.mode?.toString(8).padStart(4, '0')} ${file.uid}:${file.gid}${target}`;
}

function answerFacts(answers: Record<string, Answer>): Facts {
  const facts: Facts = {};
  for (const [question, answer] of Object.entries(answers))
    facts[`answers.${question}`] = answerFact(question, answer);
  return facts;
}

function answerFact(question: string, answer: Answer): string {
  if (question.startsWith('stat=')) return describeFile(answer as ObservedFile);
  if (question.startsWith('masked=')) {
    // Which of these a kernel has depends on how it was built; one that is not there tells nothing, too.
    const { empty, error } = answer as Record<string, unknown>;
    return empty === true || error === 'ENOENT' ? 'tells nothing' : JSON.stringify(answer);
  }
  if (question.startsWith('read=/hooks/state-')) return stateFact(answerText(answer));
  return typeof answer === 'string' ? answer : JSON.stringify(answer);
}

/** A container's id, its process and the place of its bundle are no two runtimes' same. */
function stateFact(text: string): string {
  if (!text.startsWith('{')) return text;
  const { id, pid, bundle, ...state } = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify({
    ...Object.fromEntries(Object.entries(state).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    ociVersion: typeof state['ociVersion'],
    id: typeof id,
    pid: typeof pid === 'number' && pid > 0,
    bundle: typeof bundle === 'string' && bundle.startsWith('/'),
  });
}
