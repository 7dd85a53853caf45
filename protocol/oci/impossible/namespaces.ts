import type { NamespaceType, RuntimeSpec, SpecNamespace } from '../runtime-spec.ts';
import type { Findings } from './findings.ts';

/** What /proc/PID/ns calls a namespace (namespaces(7)). */
const kindOf: Readonly<Record<string, NamespaceType>> = {
  cgroup: 'cgroup',
  ipc: 'ipc',
  mnt: 'mount',
  net: 'network',
  pid: 'pid',
  pid_for_children: 'pid',
  time: 'time',
  time_for_children: 'time',
  user: 'user',
  uts: 'uts',
};

function find({ linux }: RuntimeSpec, type: NamespaceType): SpecNamespace | undefined {
  return linux?.namespaces?.find((namespace) => namespace.type === type);
}

/** Whether a namespace other than init's is entered, a new one or one that is there. */
export function hasNamespace(spec: RuntimeSpec, type: NamespaceType): boolean {
  return find(spec, type) !== undefined;
}

/** Whether the container gets a namespace that nobody else is in. */
export function hasNewNamespace(spec: RuntimeSpec, type: NamespaceType): boolean {
  const namespace = find(spec, type);
  return namespace !== undefined && namespace.path === undefined;
}

/** A path that tells its kind by itself; of any other the kernel sees it. */
export function checkNamespacePaths({ linux }: RuntimeSpec, findings: Findings): void {
  (linux?.namespaces ?? []).forEach(({ type, path }, index) => {
    if (type === 'user' && path !== undefined) {
      findings.refuse(`linux.namespaces[${index}].path`, 'user namespaces can not be joined, only made');
      return;
    }
    const name = /^\/proc\/(?:[^/]+|[^/]+\/task\/[^/]+)\/ns\/([^/]+)$/.exec(path ?? '')?.[1];
    if (name === undefined || kindOf[name] === type) return;
    findings.refuse(
      `linux.namespaces[${index}].path`,
      `expected a namespace of the type "${type}", not "${path}"`,
    );
  });
}

/** What is set in a namespace must not be set in init's. */
export function checkNamespaceSettings(spec: RuntimeSpec, findings: Findings): void {
  const { hostname, domainname, linux } = spec;
  if (!hasNewNamespace(spec, 'mount'))
    findings.refuse('linux.namespaces', "expected a mount namespace of the container's own");
  for (const name of ['maskedPaths', 'readonlyPaths'] as const) {
    if ((linux?.[name] ?? []).length > 0 && !hasNamespace(spec, 'mount'))
      findings.refuse(`linux.${name}`, 'expected a mount namespace in "linux.namespaces"');
  }
  if (!hasNamespace(spec, 'uts')) {
    const reason = 'expected a uts namespace in "linux.namespaces"';
    if (hostname !== undefined) findings.refuse('hostname', reason);
    if (domainname !== undefined) findings.refuse('domainname', reason);
  }
  if (Object.keys(linux?.timeOffsets ?? {}).length > 0 && !hasNewNamespace(spec, 'time'))
    findings.refuse('linux.timeOffsets', 'expected a new time namespace in "linux.namespaces"');
}
