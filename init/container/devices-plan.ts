import { dirname } from 'node:path/posix';
import type { Plan } from '../../addon/plan.ts';
import type { SpecDevice } from '../../protocol/oci/runtime-spec.ts';
import { type DeviceNode, deviceNodes } from './devices/device-nodes.ts';

/** runtime-spec, config-linux.md, "Default Devices", the links; what the root has at these paths stays. */
const links = [
  ['/proc/self/fd', '/dev/fd'],
  ['/proc/self/fd/0', '/dev/stdin'],
  ['/proc/self/fd/1', '/dev/stdout'],
  ['/proc/self/fd/2', '/dev/stderr'],
] as const;

function addNode(plan: Plan, { path, kind, mode, major, minor, uid, gid }: DeviceNode): void {
  if (dirname(path) !== '/dev') plan.makeDirectories(dirname(path), 0o755);
  // What an image has there might be a link, and what is masked would become what it leads to (CVE-2025-31133).
  plan.remove(path, { accept: ['ENOENT'] }).makeNode(path, kind, mode, major, minor);
  // The umask of init is no business of the node's.
  plan.changeMode(path, mode);
  if (uid !== 0 || gid !== 0) plan.changeOwner(path, uid, gid);
}

/** The nodes of the configuration and those that every container has, and the links that programs expect beside them. */
export function addDevices(plan: Plan, devices: readonly SpecDevice[]): void {
  plan.makeDirectories('/dev', 0o755);
  for (const node of deviceNodes(devices)) addNode(plan, node);
  for (const [target, path] of links) plan.symlink(target, path, { accept: ['EEXIST'] });
  // Whatever it is there, it is no way to another's terminals.
  plan.remove('/dev/ptmx', { accept: ['ENOENT'] }).symlink('pts/ptmx', '/dev/ptmx');
}
