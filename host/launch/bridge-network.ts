import { FirstbornError } from '../../protocol/errors.ts';
import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import { addressFamily, parseInterfaceAddress } from '../../protocol/network-address.ts';

/** A card on a bridge of the host, whose network somebody else has made. */
export interface BridgeWish {
  mode: 'bridge';
  /** The bridge's name. */
  bridge: string;
  /** The guest's, with prefix lengths. */
  addresses: readonly string[];
  /** The ways to everywhere else, at most one of each family. */
  gateways: readonly string[];
  dns: readonly string[];
}

/** The guest's name for its card. */
const linkName = 'eth0';
const everywhere = { 4: '0.0.0.0/0', 6: '::/0' } as const;

/** A MAC address under Xen's prefix, from the first hex digits of the machine's id. */
export function xenMacAddress(machineId: string): string {
  return ['00', '16', '3e', machineId.slice(0, 2), machineId.slice(2, 4), machineId.slice(4, 6)].join(':');
}

/** What `firstborn` takes for a bridge: a name that an interface can have (netdevice(7)), without xl's own signs. */
export const isBridgeName = (text: string): boolean =>
  /^[A-Za-z0-9_.-]{1,15}$/.test(text) && !/^\.+$/.test(text);

/**
 * What the guest is to configure. There is no DHCP client in it, so that its addresses have to be said. Pure. Throws a
 * FirstbornError of code `usage`. `mac` may be absent where the card is somebody else's to choose.
 */
export function planBridgeNetwork(
  { bridge, addresses, gateways, dns }: BridgeWish,
  mac: string | undefined,
): NonNullable<LaunchConfigInput['network']> {
  if (!isBridgeName(bridge)) {
    throw new FirstbornError('usage', `Cannot use the bridge "${bridge}": expected the name of an interface`);
  }
  const families = addresses.map((text) => {
    const address = parseInterfaceAddress(text);
    if (address !== undefined) return address.family;
    throw new FirstbornError(
      'usage',
      `Cannot give the guest the address "${text}": on a bridge it needs a prefix length, such as 10.0.0.2/24`,
    );
  });
  if (families.length === 0) {
    throw new FirstbornError('usage', `Cannot put a guest on the bridge "${bridge}" without an address`);
  }
  return {
    link: linkName,
    ...(mac === undefined ? {} : { mac }),
    addresses: [...addresses],
    routes: planRoutes(gateways, families),
    ...(dns.length === 0 ? {} : { resolver: { nameservers: [...dns] } }),
  };
}

function planRoutes(
  gateways: readonly string[],
  families: readonly (4 | 6)[],
): { destination: string; gateway: string }[] {
  const seen = new Set<4 | 6>();
  return gateways.map((gateway) => {
    const family = addressFamily(gateway);
    if (family === undefined || seen.has(family) || !families.includes(family)) {
      throw new FirstbornError(
        'usage',
        `Cannot use the gateway "${gateway}": expected one IP address for each family that the guest has`,
      );
    }
    seen.add(family);
    return { destination: everywhere[family], gateway };
  });
}
