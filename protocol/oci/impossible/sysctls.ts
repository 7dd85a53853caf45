import type { RuntimeSpec } from '../runtime-spec.ts';
import type { Findings } from './findings.ts';
import { hasNamespace } from './namespaces.ts';

/** Parameters of an ipc namespace (namespaces(7)). */
const ipcNames = [
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
];

/** sysctl(8): a name whose first separator is a slash has its dots and slashes changed round. */
function dotted(name: string): string {
  if (/^[^./]*\./.test(name)) return name;
  return name.replaceAll(/[./]/g, (separator) => (separator === '/' ? '.' : '/'));
}

/** Why a parameter can't be set, if it can't. */
function refusal(name: string, spec: RuntimeSpec): string | undefined {
  if (ipcNames.includes(name) || name.startsWith('fs.mqueue.'))
    return hasNamespace(spec, 'ipc') ? undefined : 'expected an ipc namespace in "linux.namespaces"';
  if (name === 'kernel.hostname') return 'expected "hostname" instead';
  if (name === 'kernel.domainname') return hasNamespace(spec, 'uts') ? undefined : 'expected a uts namespace';
  // Without a network namespace of its own the container has the machine's network to itself.
  if (name.startsWith('net.')) return undefined;
  return 'belongs to the machine, not to a namespace of the container';
}

export function checkSysctls(spec: RuntimeSpec, findings: Findings): void {
  for (const name of Object.keys(spec.linux?.sysctl ?? {})) {
    const reason = refusal(dotted(name), spec);
    if (reason !== undefined) findings.refuse(`linux.sysctl.${name}`, reason);
  }
}
