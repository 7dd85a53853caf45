import { writeFileSync } from 'node:fs';
import type { RuntimeSpec, SpecIdMapping, SpecUser } from '../../protocol/oci/runtime-spec.ts';
import { terminalGroup } from './terminals.ts';
import { idMapText } from './namespace-maps.ts';

/** What an id of the container is for the machine; itself where nothing is mapped. Pure. */
export function machineId(id: number, mappings: readonly SpecIdMapping[] | undefined): number {
  if (mappings === undefined || mappings.length === 0) return id;
  const mapping = mappings.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return mapping === undefined ? id : mapping.hostID + (id - mapping.containerID);
}

/** A user of the container as the machine knows it, for what is made before there is a user namespace. Pure. */
export function machineUser({ linux = {} }: RuntimeSpec, user: SpecUser): SpecUser {
  return {
    ...user,
    uid: machineId(user.uid, linux.uidMappings),
    gid: machineId(user.gid, linux.gidMappings),
  };
}

/** The group of terminals of a container as the machine knows it. */
export function machineTerminalGroup({ linux = {} }: RuntimeSpec): number {
  return machineId(terminalGroup, linux.gidMappings);
}

/**
 * Says which ids a process's new user namespace has (user_namespaces(7)). Throws a FirstbornError of code `config` for
 * mappings that make no sense, and the kernel's error for those that it refuses.
 */
export function writeIdMaps(pid: number, { linux = {} }: RuntimeSpec): void {
  writeFileSync(`/proc/${pid}/uid_map`, idMapText(linux.uidMappings ?? [], 'linux.uidMappings'));
  writeFileSync(`/proc/${pid}/gid_map`, idMapText(linux.gidMappings ?? [], 'linux.gidMappings'));
}
