import { readdirSync, readFileSync } from 'node:fs';
import type { Native } from '../../addon/native.ts';
import { ETHTOOL_SGSO, ETHTOOL_STSO, NETLINK_ROUTE } from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import { addAddress, addNeighbour, addRoute, setLinkMtu, setLinkUp } from '../../addon/rtnetlink.ts';
import type { NetworkConfig } from '../../protocol/launch-config.ts';
import {
  addressBytes,
  addressFamily,
  type InterfaceAddress,
  parseInterfaceAddress,
} from '../../protocol/network-address.ts';
import { deviceDeadlineMs } from '../../protocol/limits.ts';
import { pollUntil } from '../boot/deadline.ts';
import { guestError } from '../boot/phase.ts';
import { runPlan } from '../boot/run-plan.ts';
import type { Log } from '../log/log.ts';
import { pendingXenDevices } from '../xen/devices.ts';

const loopbackIndex = 1;
/** Drivers are loaded before; a link that is not there by then is not there. */
const linkDeadlineMs = 1000;

/** An interface of the guest. */
export interface Link {
  name: string;
  index: number;
}

interface NetworkRoute {
  destination: InterfaceAddress;
  gateway: string | undefined;
  metric: number | undefined;
}

function parseAddress(text: string): InterfaceAddress {
  const address = parseInterfaceAddress(text);
  if (address === undefined) throw guestError(`Cannot read "${text}" as an address with a prefix length`);
  return address;
}

/** Whether `address` lies in the network of `interfaceAddress`. */
function isOnLink(address: Uint8Array, interfaceAddress: InterfaceAddress): boolean {
  const own = addressBytes(interfaceAddress.address);
  if (own.length !== address.length) return false;
  for (let bit = 0; bit < interfaceAddress.prefixLength; bit += 8) {
    const mask = 0xff & (0xff << Math.max(0, 8 - (interfaceAddress.prefixLength - bit)));
    if ((((own[bit >> 3] ?? 0) ^ (address[bit >> 3] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

/** fe80::/10 is on every link. */
const isLinkLocal = (address: Uint8Array): boolean =>
  address.length === 16 && address[0] === 0xfe && ((address[1] ?? 0) & 0xc0) === 0x80;

function routeMessage(link: Link, route: NetworkRoute, addresses: InterfaceAddress[]): Uint8Array {
  const gateway = route.gateway === undefined ? undefined : addressBytes(route.gateway);
  const reachable =
    gateway === undefined || isLinkLocal(gateway) || addresses.some((address) => isOnLink(gateway, address));
  return addRoute({
    family: route.destination.family,
    destination: addressBytes(route.destination.address),
    prefixLength: route.destination.prefixLength,
    index: link.index,
    ...(gateway === undefined ? {} : { gateway }),
    ...(route.metric === undefined ? {} : { metric: route.metric }),
    // A gateway outside every network of the link is common on clouds; the kernel wants to be told.
    ...(reachable ? {} : { onlink: true }),
  });
}

/** Addresses that the network hands out by itself must not join those that were configured. */
function quietIpv6(plan: Plan, link: Link): void {
  for (const setting of ['accept_ra', 'autoconf']) {
    plan.writeFile(`/proc/sys/net/ipv6/conf/${link.name}/${setting}`, '0', {}, { accept: ['ENOENT'] });
  }
}

/** Segmentation offload only makes the host's side of a para-virtual link work harder (KR 10). */
function disableOffloads(plan: Plan, link: Link): void {
  for (const command of [ETHTOOL_SGSO, ETHTOOL_STSO]) {
    plan.ethtool(link.name, command, 0, { accept: ['EOPNOTSUPP'] });
  }
}

/** What loopback needs; every guest has it. */
export function loopbackPlan(): Plan {
  return new Plan().netlink(NETLINK_ROUTE, setLinkUp(loopbackIndex));
}

/** Configures one link: MTU, addresses, up, then routes: those on the link before those through a gateway. */
export function linkPlan(link: Link, network: NetworkConfig): Plan {
  const plan = new Plan();
  const addresses = network.addresses.map(parseAddress);
  const routes = network.routes
    .map(
      (route): NetworkRoute => ({
        gateway: undefined,
        metric: undefined,
        ...route,
        destination: parseAddress(route.destination),
      }),
    )
    .toSorted((a, b) => Number(a.gateway !== undefined) - Number(b.gateway !== undefined));
  quietIpv6(plan, link);
  disableOffloads(plan, link);
  if (network.mtu !== undefined) plan.netlink(NETLINK_ROUTE, setLinkMtu(link.index, network.mtu));
  for (const { family, address, prefixLength } of addresses) {
    plan.netlink(
      NETLINK_ROUTE,
      addAddress(link.index, { family, bytes: addressBytes(address), prefixLength }, { noDad: true }),
    );
  }
  plan.netlink(NETLINK_ROUTE, setLinkUp(link.index));
  for (const route of routes) plan.netlink(NETLINK_ROUTE, routeMessage(link, route, addresses));
  for (const { address, mac } of network.neighbours) {
    const macBytes = Uint8Array.from(mac.split(':'), (digits) => Number.parseInt(digits, 16));
    plan.netlink(
      NETLINK_ROUTE,
      addNeighbour(link.index, addressFamily(address) ?? 4, addressBytes(address), macBytes),
    );
  }
  return plan;
}

function readLinkFile(name: string, file: string): string {
  try {
    return readFileSync(`/sys/class/net/${name}/${file}`, 'latin1').trim();
  } catch {
    return '';
  }
}

function findLink(network: NetworkConfig): Link | undefined {
  const name = readdirSync('/sys/class/net').find((candidate) =>
    network.mac === undefined
      ? candidate === network.link
      : readLinkFile(candidate, 'address') === network.mac,
  );
  const index = name === undefined ? 0 : Number(readLinkFile(name, 'ifindex'));
  return name === undefined || !Number.isSafeInteger(index) || index <= 0 ? undefined : { name, index };
}

/** An interface of Xen is there when the host's side is ready, and that takes as long as it takes. */
async function waitForLink(network: NetworkConfig): Promise<Link | undefined> {
  const endMs = performance.now() + linkDeadlineMs;
  const found = await pollUntil(() => {
    const link = findLink(network);
    const isOver = performance.now() >= endMs && pendingXenDevices('vif').length === 0;
    return link !== undefined || isOver ? { link } : undefined;
  }, deviceDeadlineMs);
  return found?.link;
}

/** Brings up loopback and the configured link. A link that is missing is a warning only (KR 10). */
export async function configureNetwork(
  native: Native,
  log: Log,
  network: NetworkConfig | undefined,
): Promise<void> {
  runPlan(native, log, loopbackPlan());
  if (network === undefined) return;
  const link = await waitForLink(network);
  if (link === undefined) {
    log.warn({ link: network.link, mac: network.mac }, 'the network link is missing; going on without it');
    return;
  }
  runPlan(native, log, linkPlan(link, network));
}
