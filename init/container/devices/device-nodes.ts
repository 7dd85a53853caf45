import { resolve } from 'node:path/posix';
import { defaultDevices } from '../../../protocol/oci/convert/devices.ts';
import type { SpecDevice } from '../../../protocol/oci/runtime-spec.ts';
import { refuseValue } from '../refuse-value.ts';
import { maxMajor, maxMinor, wholeNumber } from '../resources/limit-text.ts';

/** A node to make, in the words of `Plan.makeNode` and `Plan.changeOwner`. */
export interface DeviceNode {
  /** Absolute, in the container. */
  path: string;
  kind: 'char' | 'block' | 'fifo';
  /** 0 for a fifo. */
  major: number;
  minor: number;
  /** Permission bits, whatever the umask. */
  mode: number;
  /** In the container's user namespace. */
  uid: number;
  gid: number;
}

const defaultMode = 0o666;
const permissionBits = 0o7777;

const kinds = { c: 'char', u: 'char', b: 'block', p: 'fifo' } as const;

function numberOf(value: number | undefined, most: number, path: string): number {
  return value === undefined ? refuseValue(path, 'expected a number') : wholeNumber(value, 0, most, path);
}

function nodeOf(device: SpecDevice, place: string): DeviceNode {
  if (!device.path.startsWith('/') || resolve(device.path) === '/') {
    refuseValue(`${place}.path`, `expected the absolute path of a file, got ${JSON.stringify(device.path)}`);
  }
  const kind = kinds[device.type];
  return {
    path: resolve(device.path),
    kind,
    major: kind === 'fifo' ? 0 : numberOf(device.major, maxMajor, `${place}.major`),
    minor: kind === 'fifo' ? 0 : numberOf(device.minor, maxMinor, `${place}.minor`),
    // Some writers give the whole st_mode, type bits and all.
    mode: (device.fileMode ?? defaultMode) & permissionBits,
    uid: device.uid ?? 0,
    gid: device.gid ?? 0,
  };
}

/** runtime-spec, config-linux.md, "Default Devices", but /dev/console and /dev/ptmx, which are a bind and a link. */
export const defaultDeviceNodes = (): DeviceNode[] =>
  defaultDevices().map((device) => nodeOf(device, 'the default devices'));

const isSameDevice = (a: DeviceNode, b: DeviceNode): boolean =>
  a.kind === b.kind && a.major === b.major && a.minor === b.minor;

/**
 * The nodes of a container: the default ones, then those of `linux.devices`, which may lie anywhere and replace a default
 * of the same path (RO 18). /dev/ptmx is left out: it is always a link to the container's own terminals, as with runc.
 *
 * Throws a FirstbornError for a path that is not absolute, a number that is missing or too large, and a path that
 * stands for two devices. Pure.
 */
export function deviceNodes(devices: readonly SpecDevice[]): DeviceNode[] {
  const nodes = new Map(defaultDeviceNodes().map((node) => [node.path, node]));
  const given = new Map<string, DeviceNode>();
  devices.forEach((device, index) => {
    const place = `linux.devices[${index}]`;
    const node = nodeOf(device, place);
    const earlier = given.get(node.path);
    if (earlier !== undefined && !isSameDevice(earlier, node)) {
      refuseValue(`${place}.path`, `expected one device at "${node.path}", got two`);
    }
    if (node.path === '/dev/ptmx') return;
    given.set(node.path, node);
    nodes.set(node.path, node);
  });
  return [...nodes.values()];
}
