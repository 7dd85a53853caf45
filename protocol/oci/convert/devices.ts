import type { LaunchConfig } from '../../launch-config.ts';
import type { SpecDevice, SpecDeviceRule } from '../runtime-spec.ts';

type ContainerConfig = NonNullable<LaunchConfig['container']>;
type DeviceWish = NonNullable<ContainerConfig['devices']>[number];

/**
 * The devices that the guest has at a path: the one, or all below a directory. Paths are the guest's; whoever asks gets a
 * FirstbornError of code `config` where there is none.
 */
export type FindDevices = (path: string) => readonly SpecDevice[];

const character = (path: string, major: number, minor: number): SpecDevice => ({
  path,
  type: 'c',
  major,
  minor,
  fileMode: 0o666,
  uid: 0,
  gid: 0,
});

/** runtime-spec, config-linux.md, "Default Devices". */
export function defaultDevices(): SpecDevice[] {
  return [
    character('/dev/null', 1, 3),
    character('/dev/zero', 1, 5),
    character('/dev/full', 1, 7),
    character('/dev/random', 1, 8),
    character('/dev/urandom', 1, 9),
    character('/dev/tty', 5, 0),
  ];
}

const open = (major: number, minor?: number): SpecDeviceRule => ({
  allow: true,
  type: 'c',
  major,
  ...(minor === undefined ? {} : { minor }),
  access: 'rwm',
});

/**
 * Nothing but what Docker allows: to make any node (a node that can't be opened is a mere name), and to open the default
 * devices and terminals. 5:1 is the machine's console: the container's own is a terminal.
 */
function defaultRules(): SpecDeviceRule[] {
  return [
    { allow: false, access: 'rwm' },
    { allow: true, type: 'c', access: 'm' },
    { allow: true, type: 'b', access: 'm' },
    open(1, 3),
    open(1, 5),
    open(1, 7),
    open(1, 8),
    open(1, 9),
    open(5, 0),
    open(5, 2),
    open(136),
  ];
}

/** Where a device that was found at or below `wish.path` goes. */
function placeDevice(device: SpecDevice, { path, destination = path }: DeviceWish): SpecDevice {
  const below = device.path === path ? '' : device.path.slice(path.replace(/\/+$/, '').length);
  return { ...device, path: `${destination}${below}` };
}

function ruleFor({ type, major, minor }: SpecDevice, access: string): SpecDeviceRule[] {
  if (type === 'p' || major === undefined || minor === undefined) return [];
  return [{ allow: true, type: type === 'b' ? 'b' : 'c', major, minor, access }];
}

/** The later of two devices at one path stays. */
function withoutDoubles(devices: readonly SpecDevice[]): SpecDevice[] {
  return [...new Map(devices.map((device) => [device.path, device])).values()];
}

/**
 * Device nodes of a container and the rules for them: the default ones and those that are asked for; for a privileged
 * container everything that the guest has. Pure but for `find`, and throws what that throws.
 */
export function containerDevices(
  container: ContainerConfig | undefined,
  find: FindDevices,
): { devices: SpecDevice[]; rules: SpecDeviceRule[] } {
  const devices = defaultDevices();
  const rules: SpecDeviceRule[] = [];
  if (container?.privileged === true) {
    rules.push({ allow: true, access: 'rwm' });
    devices.unshift(...find('/dev'));
  } else {
    rules.push(...defaultRules());
  }
  for (const wish of container?.devices ?? []) {
    for (const device of find(wish.path)) {
      devices.push(placeDevice(device, wish));
      rules.push(...ruleFor(device, wish.access ?? 'rwm'));
    }
  }
  return { devices: withoutDoubles(devices), rules };
}
