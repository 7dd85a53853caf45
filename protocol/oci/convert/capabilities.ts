import type { LaunchConfig } from '../../launch-config.ts';
import { type CapabilityName, capabilityNames } from '../capability-names.ts';
import type { SpecCapabilities } from '../runtime-spec.ts';

type ContainerConfig = NonNullable<LaunchConfig['container']>;

/** Docker's default set. That CAP_MKNOD is in it takes device rules: a node that the rules deny can't be opened. */
export const defaultCapabilities: readonly CapabilityName[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
];

/**
 * The capabilities that a container's processes may ever have, as docker-run(1) has it: the default ones without those
 * that are dropped, then those that are added. To add `ALL` is to begin with every one there is, to drop `ALL` with none.
 * A privileged container begins with all; unlike with Docker, dropping takes from those too. Pure.
 */
export function boundingCapabilities(container: ContainerConfig | undefined): CapabilityName[] {
  const { privileged = false, capAdd = [], capDrop = [] } = container ?? {};
  const added = capAdd.filter((name) => name !== 'ALL');
  if (capDrop.includes('ALL')) return [...new Set(added)];
  const start = privileged || capAdd.includes('ALL') ? capabilityNames : defaultCapabilities;
  const kept = start.filter((name) => !capDrop.includes(name));
  return [...new Set([...kept, ...added])];
}

/**
 * What a process of this user begins with. As Docker: root has all of the bounding ones, another user none, but may
 * gain them by setuid programs and by file capabilities. Pure.
 */
export function capabilitySetsOf(uid: number, bounding: readonly CapabilityName[]): SpecCapabilities {
  const own = uid === 0 ? bounding : [];
  return {
    bounding: [...bounding],
    effective: [...own],
    permitted: [...own],
    inheritable: [],
    ambient: [],
  };
}
