import { FirstbornError } from '../../protocol/errors.ts';
import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import {
  addressFamily,
  type InterfaceAddress,
  parseInterfaceAddress,
} from '../../protocol/network-address.ts';
import type { UserNetworkDescription, UserNetworkStack } from '../vm/machine-description.ts';
import {
  addressToNumber,
  formatNetwork,
  type NetworkRange,
  networkOf,
  numberToAddress,
} from './ip-arithmetic.ts';

/** The guest's name for its card. */
const linkName = 'eth0';
/** What QEMU's documentation uses, so that nobody is surprised by a guest's addresses. */
const defaultAddresses = ['10.0.2.15/24', 'fec0::15/64'];
const defaultPrefixLength = { 4: 24, 6: 64 } as const;

export interface UserNetworkOptions {
  /** The guest's addresses, `ADDRESS` or `ADDRESS/PREFIX`. None: the default of both families. */
  addresses: readonly string[];
  /** Nameservers in place of QEMU's own. */
  dns: readonly string[];
  /** Without one the guest finds its link by name alone. */
  mac: string | undefined;
}

/** The two sides of a user-mode network: what the guest configures and what the VM monitor simulates. */
export interface UserNetworkPlan {
  guest: NonNullable<LaunchConfigInput['network']>;
  stacks: Pick<UserNetworkDescription, 'ipv4' | 'ipv6'>;
}

/** Reads `10.1.2.3`, `10.1.2.3/16` or the same in IPv6. `undefined` for anything else. */
export function readGuestAddress(text: string): InterfaceAddress | undefined {
  const family = addressFamily(text);
  return parseInterfaceAddress(family === undefined ? text : `${text}/${defaultPrefixLength[family]}`);
}

/** A MAC address under QEMU's prefix, from the first hex digits of the machine's id. */
export function macAddress(machineId: string): string {
  return ['52', '54', '00', machineId.slice(0, 2), machineId.slice(2, 4), machineId.slice(4, 6)].join(':');
}

/**
 * Lays out a user-mode network around the guest's addresses: the first one of a family names the network,
 * the gateway is its third address (`.2`) and the DNS server its fourth, or the next ones that the guest
 * does not have itself. A family without an address is off. Pure. Throws a FirstbornError of code `usage`
 * for addresses that can't be on such a network.
 */
export function planUserNetwork(options: UserNetworkOptions): UserNetworkPlan {
  const wanted = options.addresses.length === 0 ? defaultAddresses : options.addresses;
  const addresses = wanted.map((text) => {
    const address = readGuestAddress(text);
    if (address === undefined) throw new FirstbornError('usage', `Cannot read the address "${text}"`);
    return address;
  });
  const ipv4 = planStack(addresses.filter((address) => address.family === 4));
  const ipv6 = planStack(addresses.filter((address) => address.family === 6));
  const stacks = [ipv4, ipv6].filter((stack) => stack !== undefined);
  return {
    stacks: { ipv4, ipv6 },
    guest: {
      link: linkName,
      ...(options.mac === undefined ? {} : { mac: options.mac }),
      addresses: addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
      routes: stacks.map((stack) => ({
        destination: stack === ipv4 ? '0.0.0.0/0' : '::/0',
        gateway: stack.host,
      })),
      resolver: {
        nameservers: options.dns.length === 0 ? stacks.map((stack) => stack.dns) : [...options.dns],
      },
    },
  };
}

function planStack(addresses: readonly InterfaceAddress[]): UserNetworkStack | undefined {
  const first = addresses[0];
  if (first === undefined) return undefined;
  const network = networkOf(first);
  const taken = new Set(addresses.map((address) => checkedHost(network, address)));
  const [host, dns] = freeHosts(network, taken);
  if (host === undefined || dns === undefined) {
    throw new FirstbornError(
      'usage',
      `Cannot use the network "${formatNetwork(network)}": it has no room for a gateway and a DNS server`,
    );
  }
  return {
    network: formatNetwork(network),
    host: numberToAddress(network.family, host),
    dns: numberToAddress(network.family, dns),
  };
}

/** The last address that a host may have: in IPv4 the very last one is the broadcast address. */
const lastHost = (network: NetworkRange): bigint => (network.family === 4 ? network.last - 1n : network.last);

function checkedHost(network: NetworkRange, { address }: InterfaceAddress): bigint {
  const value = addressToNumber(address);
  if (value > network.first && value <= lastHost(network)) return value;
  throw new FirstbornError(
    'usage',
    `Cannot give the guest the address "${address}": it is no host of the network "${formatNetwork(network)}"`,
  );
}

function freeHosts(network: NetworkRange, taken: ReadonlySet<bigint>): bigint[] {
  const free: bigint[] = [];
  for (let host = network.first + 2n; host <= lastHost(network) && free.length < 2; host += 1n) {
    if (!taken.has(host)) free.push(host);
  }
  return free;
}
