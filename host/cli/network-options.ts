import { FirstbornError } from '../../protocol/errors.ts';
import { addressFamily, parseInterfaceAddress } from '../../protocol/network-address.ts';
import { type BridgeWish, isBridgeName, planBridgeNetwork } from '../launch/bridge-network.ts';
import type { NetworkWish } from '../launch/network-choice.ts';
import { readGuestAddress } from '../launch/user-network.ts';
import type { GivenOptions, OptionSpec } from './option-parser.ts';
import { readChoice, readText, refuseValue } from './option-values.ts';

export const networkSpecs: readonly OptionSpec[] = [
  { name: 'network', value: 'MODE', help: 'user or none (user); Xen: bridge=NAME or none (none)' },
  { name: 'ip', value: 'ADDR[/PREFIX]', help: 'Address of the guest, IPv4 or IPv6; repeatable' },
  { name: 'gateway', value: 'IP', help: "Xen: the guest's way out of its bridge's network; repeatable" },
  { name: 'dns', value: 'IP', help: 'Nameserver of the guest; repeatable' },
];

const bridgePrefix = 'bridge=';
const isAddress = (text: string): boolean => addressFamily(text) !== undefined;
const isGuestAddress = (text: string): boolean => readGuestAddress(text) !== undefined;
const isInterfaceAddress = (text: string): boolean => parseInterfaceAddress(text) !== undefined;

/** Reads the options about the network. Throws a FirstbornError of code `usage`. */
export function readNetwork(options: GivenOptions, { isXen }: { isXen: boolean }): NetworkWish {
  const text = options.last('network') ?? (isXen ? 'none' : 'user');
  const dns = options.all('dns').map((address) => readText('dns', address, isAddress, 'an IP address'));
  if (isXen && text.startsWith(bridgePrefix)) {
    return readBridge(text.slice(bridgePrefix.length), options, dns);
  }
  const mode = isXen ? readXenMode(text) : readChoice('network', text, ['none', 'user']);
  const addresses = options.all('ip');
  for (const address of addresses) {
    readText('ip', address, isGuestAddress, 'an IP address, or one with /PREFIX');
  }
  if (mode === 'none' && addresses.length + dns.length + options.all('gateway').length > 0) {
    const names = isXen ? '--ip, --gateway or --dns' : '--ip or --dns';
    throw new FirstbornError('usage', `Cannot use ${names} with --network none`);
  }
  return { mode, addresses, dns };
}

function readXenMode(text: string): 'none' {
  if (text === 'none') return text;
  if (text === 'user') {
    throw new FirstbornError(
      'usage',
      'Cannot use --network user with --vmm xen: it is a part of QEMU; use bridge=NAME with --ip, or none',
    );
  }
  throw refuseValue('network', text, 'bridge=NAME or none');
}

function readBridge(bridge: string, options: GivenOptions, dns: string[]): BridgeWish {
  const wish: BridgeWish = {
    mode: 'bridge',
    bridge: readText('network', bridge, isBridgeName, 'bridge=NAME, the name of an interface'),
    addresses: options
      .all('ip')
      .map((text) => readText('ip', text, isInterfaceAddress, 'ADDR/PREFIX, such as 10.0.0.2/24')),
    gateways: options.all('gateway').map((text) => readText('gateway', text, isAddress, 'an IP address')),
    dns,
  };
  planBridgeNetwork(wish, undefined);
  return wish;
}
