import type { SpecDevice, SpecDeviceRule, SpecLinux } from '../../../protocol/oci/runtime-spec.ts';

const character = (major: number, minor: number | undefined): SpecDeviceRule => ({
  allow: true,
  type: 'c',
  major,
  minor,
  access: 'rwm',
});

/**
 * What every container may do, as runc has it: make any node, which says nothing about opening it, and use the default
 * devices, terminals and /dev/net/tun. The machine's console (5:1) is not among them: a container's /dev/console is one
 * of its terminals.
 */
export const defaultDeviceRules = (): SpecDeviceRule[] => [
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  character(1, 3), // null
  character(1, 5), // zero
  character(1, 7), // full
  character(1, 8), // random
  character(1, 9), // urandom
  character(5, 0), // tty
  character(5, 2), // ptmx
  character(136, undefined), // pts
  character(10, 200), // net/tun
];

/** Full use of a device that the configuration asks to be made; a fifo needs no rule. Pure. */
export function impliedDeviceRules(devices: readonly SpecDevice[]): SpecDeviceRule[] {
  return devices.flatMap(({ type, major, minor }) =>
    type === 'p'
      ? []
      : [{ allow: true, type: type === 'b' ? 'b' : 'c', major, minor, access: 'rwm' } as const],
  );
}

/**
 * All rules of a container, in order, of which the last that fits decides. A configuration with rules of its own says by
 * them what it may use of the devices that it asks for, as with runc; one without may use them fully. The defaults come
 * last, so that no configuration takes /dev/null away. Pure.
 */
export function containerDeviceRules({ devices = [], resources }: SpecLinux): SpecDeviceRule[] {
  const listed = resources?.devices ?? [];
  return [...(listed.length === 0 ? impliedDeviceRules(devices) : listed), ...defaultDeviceRules()];
}
