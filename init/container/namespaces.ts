import { namespaceFlags } from '../../addon/constants.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import type { NamespaceType, SpecNamespace } from '../../protocol/oci/runtime-spec.ts';

/** How a container comes into its namespaces. */
export interface NamespacePlan {
  /** CLONE_NEW* flags for clone3(2). */
  cloneFlags: number;
  /** Whether the child makes a cgroup namespace of its own: clone3 would root it at init's cgroup. */
  ownCgroup: boolean;
  /** Whether there is a network namespace of its own, in which nothing is up yet. */
  ownNetwork: boolean;
  /**
   * Whether the child makes a user namespace, as the last of all: what it sets up before takes the machine's own
   * privileges, and the container can't undo it.
   */
  ownUsers: boolean;
  /** Whether the child makes a time namespace: its clocks can be set only while nobody is in it. */
  ownTime: boolean;
  /** CLONE_NEW* flags of all that a process which joins the container has to enter by itself: all but pid. */
  joinFlags: number;
  /** A pid namespace that exists already: only a child can enter one. */
  pidPath: string | undefined;
  /** Namespaces that exist already, in the order in which they are joined. */
  joined: { flag: number; path: string }[];
}

const flagOf: Record<NamespaceType, number> = {
  pid: namespaceFlags.CLONE_NEWPID,
  network: namespaceFlags.CLONE_NEWNET,
  mount: namespaceFlags.CLONE_NEWNS,
  ipc: namespaceFlags.CLONE_NEWIPC,
  uts: namespaceFlags.CLONE_NEWUTS,
  user: namespaceFlags.CLONE_NEWUSER,
  cgroup: namespaceFlags.CLONE_NEWCGROUP,
  time: namespaceFlags.CLONE_NEWTIME,
};

/** Types whose existing namespace a process can join by itself. */
/** What clone3 would make too early. */
const madeByChild: readonly NamespaceType[] = ['cgroup', 'time', 'user'];

const joinable: readonly NamespaceType[] = ['network', 'ipc', 'uts', 'cgroup', 'time', 'pid'];

function refuse(index: number, problem: string): never {
  throw new FirstbornError('config', `Cannot run the configuration: linux.namespaces[${index}]: ${problem}`);
}

function checkNamespace({ type, path }: SpecNamespace, index: number): void {
  if (path !== undefined && !joinable.includes(type))
    refuse(index, `expected no path: the ${type} namespace is the container's own`);
}

/** Sorts the namespaces of a configuration. Throws a FirstbornError of code `config` that names the bad one. Pure. */
export function planNamespaces(namespaces: readonly SpecNamespace[]): NamespacePlan {
  namespaces.forEach(checkNamespace);
  const own = namespaces.filter(({ path }) => path === undefined);
  if (!own.some(({ type }) => type === 'mount')) {
    throw new FirstbornError(
      'config',
      'Cannot run the configuration: linux.namespaces: expected a mount namespace of its own',
    );
  }
  const joined = namespaces.flatMap(({ type, path }) =>
    path === undefined || type === 'pid' ? [] : [{ flag: flagOf[type], path }],
  );
  const cloned = own.filter(({ type }) => !madeByChild.includes(type));
  const entered = namespaces.filter(({ type }) => type !== 'pid');
  return {
    joinFlags: entered.reduce((flags, { type }) => flags | flagOf[type], 0),
    cloneFlags: cloned.reduce((flags, { type }) => flags | flagOf[type], 0),
    ownCgroup: own.some(({ type }) => type === 'cgroup'),
    ownNetwork: own.some(({ type }) => type === 'network'),
    ownUsers: own.some(({ type }) => type === 'user'),
    ownTime: own.some(({ type }) => type === 'time'),
    pidPath: namespaces.find(({ type }) => type === 'pid')?.path,
    joined,
  };
}
