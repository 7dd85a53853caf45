import type { Facts } from './facts.ts';

/** A line of mountinfo (proc_pid_mountinfo(5)). */
interface MountLine {
  id: string;
  parent: string;
  root: string;
  point: string;
  options: string;
  propagation: string;
  type: string;
  source: string;
  superOptions: string;
}

function parseLine(line: string): MountLine {
  const [head = '', tail = ''] = line.split(' - ');
  const [id = '', parent = '', , root = '', point = '', options = '', ...optional] = head.split(' ');
  const [type = '', source = '', superOptions = ''] = tail.split(' ');
  // Peer groups have numbers, which count all of the machine's.
  const propagation = optional.map((field) => field.replace(/:\d+$/, '')).join(' ') || 'private';
  return { id, parent, root, point, options, propagation, type, source, superOptions };
}

/** Kernels list mounts in different orders. Of several at one point, the one below comes first. */
function compareLines(left: MountLine, right: MountLine): number {
  if (left.point !== right.point) return left.point < right.point ? -1 : 1;
  return left.id === right.parent ? -1 : right.id === left.parent ? 1 : 0;
}

/** Options of file systems that tell of the kernel, not of the configuration. */
const kernelOptions = /^(inode32|inode64|seclabel|nsdelegate|memory_recursiveprot|favordynmods|noswap)$/;

function optionList(options: string): string {
  return options
    .split(',')
    .filter((option) => !kernelOptions.test(option))
    .toSorted()
    .join(',');
}

function describeLine(line: MountLine): string {
  const options = optionList(line.options);
  // What the root and the bundle's files lie on is the machine's: a disk here, an overlay or a share there.
  if (line.point === '/' || isBundleFile(line)) return `the machine's: ${options}; ${line.propagation}`;
  // The device file system holds the same null device whether it is bound from a tmpfs or from elsewhere.
  // A terminal's number depends on how many there are.
  const root = line.root === '/' ? '' : ` ${line.type === 'devpts' ? '/N' : line.root}`;
  // The machine's own devices lie in a file system as large as its memory lets it be.
  const superOptions = line.type === 'devtmpfs' ? '' : optionList(line.superOptions);
  const tail = superOptions === '' ? '' : ` (${superOptions})`;
  return `${line.type} from ${line.source}${root}: ${options}; ${line.propagation}${tail}`;
}

const virtualTypes = new Set(['tmpfs', 'proc', 'sysfs', 'devpts', 'mqueue', 'cgroup', 'cgroup2', 'devtmpfs']);

const isBundleFile = ({ type }: MountLine): boolean => !virtualTypes.has(type);

/**
 * Each mount by its point. What lies in version 1 control groups is the oracle's machine's alone, and `except` names
 * the points that not every kernel has.
 */
export function mountFacts(mountInfo: string, except: readonly string[]): Facts {
  const lines = mountInfo.split('\n').filter(Boolean).map(parseLine).toSorted(compareLines);
  const version1 = lines.some(({ type }) => type === 'cgroup');
  const facts: Facts = {};
  for (const line of lines) {
    if (
      (version1 && line.point.startsWith('/sys/fs/cgroup')) ||
      except.some((path) => line.point === path || line.point.startsWith(`${path}/`))
    )
      continue;
    let key = `mounts.${line.point}`;
    while (facts[key] !== undefined) key += ' above';
    facts[key] = describeLine(line);
  }
  return facts;
}
