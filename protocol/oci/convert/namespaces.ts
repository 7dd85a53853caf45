import type { SpecIdMapping, SpecNamespace } from '../runtime-spec.ts';

/** The network is the machine's: the wall around a container's network is the machine itself. */
const ownNamespaces = ['mount', 'pid', 'ipc', 'uts', 'cgroup'] as const;

/** Every id there is stands for itself; 2^32 - 1 is no id (chown(2) takes it for "leave it"). */
const everyId = (): SpecIdMapping[] => [{ containerID: 0, hostID: 0, size: 0xffff_ffff }];

export interface NamespaceChoice {
  namespaces: SpecNamespace[];
  uidMappings?: SpecIdMapping[];
  gidMappings?: SpecIdMapping[];
}

/**
 * The namespaces of a container. With users of its own the ids stay what they are, so that the image's files keep their
 * owners, but capabilities count only for what belongs to the container. Pure.
 */
export function chooseNamespaces(userns: 'host' | 'private' | undefined): NamespaceChoice {
  const namespaces: SpecNamespace[] = ownNamespaces.map((type) => ({ type }));
  if (userns !== 'private') return { namespaces };
  return {
    namespaces: [{ type: 'user' }, ...namespaces],
    uidMappings: everyId(),
    gidMappings: everyId(),
  };
}
