/**
 * Network requests as bytes for `Plan.netlink(NETLINK_ROUTE, …)`: rtnetlink(7), linux/rtnetlink.h. Each asks
 * for an acknowledgement, and each can be repeated: what exists already is replaced. Addresses are bytes in
 * network order, 4 or 16 of them. Values out of range throw RangeError.
 */
import {
  type AddressFamily,
  broadcastAddress,
  checkInterfaceIndex,
  checkPrefixLength,
  familyNumber,
  networkAddress,
} from './netlink/addresses.ts';
import { encodeNetlinkMessage, NLM_F_CREATE, NLM_F_REPLACE, u32 } from './netlink/message-writer.ts';

const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const RTM_NEWROUTE = 24;
const RTM_NEWNEIGH = 28;

const IFF_UP = 1;
const IFLA_MTU = 4;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_BROADCAST = 4;
const IFA_FLAGS = 8;
const IFA_F_NODAD = 0x02;

const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_VIA = 18;
const RT_TABLE_MAIN = 254;
const RTPROT_STATIC = 4;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RT_SCOPE_HOST = 254;
const RTN_UNICAST = 1;
const RTNH_F_ONLINK = 4;

const NDA_DST = 1;
const NDA_LLADDR = 2;
const NUD_PERMANENT = 0x80;

export type { AddressFamily } from './netlink/addresses.ts';

/** An address of an interface. */
export interface LinkAddress {
  family: AddressFamily;
  bytes: Uint8Array;
  prefixLength: number;
}

export interface RouteRequest {
  family: AddressFamily;
  /** Host bits are cleared. */
  destination: Uint8Array;
  /** 0 with an all-zero destination is the default route. */
  prefixLength: number;
  /** Without one the destination is on the link. An IPv4 route may have an IPv6 gateway. */
  gateway?: Uint8Array;
  /** Interface index. */
  index: number;
  metric?: number;
  /** Takes the gateway for reachable on the link though no address's network holds it. */
  onlink?: boolean;
}

/** Brings an interface up. */
export function setLinkUp(index: number): Uint8Array {
  return encodeNetlinkMessage({
    type: RTM_NEWLINK,
    flags: 0,
    body: linkBody(index, IFF_UP),
    attributes: [],
  });
}

/** Sets an interface's MTU in bytes. */
export function setLinkMtu(index: number, mtuBytes: number): Uint8Array {
  return encodeNetlinkMessage({
    type: RTM_NEWLINK,
    flags: 0,
    body: linkBody(index, 0),
    attributes: [[IFLA_MTU, u32(mtuBytes)]],
  });
}

/** ifinfomsg; `flags` are set, all other flags stay. */
function linkBody(index: number, flags: number): Uint8Array {
  checkInterfaceIndex(index);
  const body = Buffer.alloc(16); // ifi_family, padding and ifi_type stay 0
  body.writeInt32LE(index, 4); // ifi_index
  body.writeUInt32LE(flags, 8); // ifi_flags
  body.writeUInt32LE(flags, 12); // ifi_change
  return body;
}

/** Adds or replaces an address. `noDad` skips IPv6's search for duplicates, so that it is usable at once. */
export function addAddress(
  index: number,
  address: LinkAddress,
  options: { noDad?: boolean } = {},
): Uint8Array {
  const { family, bytes, prefixLength } = address;
  checkInterfaceIndex(index);
  checkPrefixLength(family, prefixLength);
  const body = Buffer.alloc(8);
  body.writeUInt8(familyNumber(family, bytes), 0); // ifa_family
  body.writeUInt8(prefixLength, 1); // ifa_prefixlen
  body.writeUInt8(family === 4 && bytes[0] === 127 ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE, 3); // ifa_scope
  body.writeUInt32LE(index, 4); // ifa_index
  const attributes: [number, Uint8Array][] = [
    [IFA_LOCAL, bytes],
    [IFA_ADDRESS, bytes],
  ];
  // RFC 3021: networks of two addresses or one have no broadcast address.
  const hasBroadcast = family === 4 && prefixLength < 31 && bytes[0] !== 127;
  if (hasBroadcast) attributes.push([IFA_BROADCAST, broadcastAddress(bytes, prefixLength)]);
  if (family === 6 && options.noDad === true) attributes.push([IFA_FLAGS, u32(IFA_F_NODAD)]);
  return encodeNetlinkMessage({ type: RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_REPLACE, body, attributes });
}

/** Adds or replaces a route in the main table. */
export function addRoute(route: RouteRequest): Uint8Array {
  const { family, destination, prefixLength, gateway, index, metric, onlink } = route;
  checkInterfaceIndex(index);
  checkPrefixLength(family, prefixLength);
  const body = Buffer.alloc(12);
  body.writeUInt8(familyNumber(family, destination), 0); // rtm_family
  body.writeUInt8(prefixLength, 1); // rtm_dst_len
  body.writeUInt8(RT_TABLE_MAIN, 4); // rtm_table
  body.writeUInt8(RTPROT_STATIC, 5); // rtm_protocol
  body.writeUInt8(gateway === undefined && family === 4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE, 6); // rtm_scope
  body.writeUInt8(RTN_UNICAST, 7); // rtm_type
  body.writeUInt32LE(onlink === true ? RTNH_F_ONLINK : 0, 8); // rtm_flags
  const attributes: [number, Uint8Array][] = [];
  if (prefixLength > 0) attributes.push([RTA_DST, networkAddress(destination, prefixLength)]);
  if (gateway !== undefined) attributes.push(gatewayAttribute(family, gateway));
  attributes.push([RTA_OIF, u32(index)]);
  if (metric !== undefined) attributes.push([RTA_PRIORITY, u32(metric)]);
  return encodeNetlinkMessage({ type: RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_REPLACE, body, attributes });
}

/** RTA_GATEWAY, or RTA_VIA for an IPv4 route through an IPv6 gateway (RFC 5549). */
function gatewayAttribute(family: AddressFamily, gateway: Uint8Array): [number, Uint8Array] {
  if (family === 4 && gateway.length === 16) {
    return [RTA_VIA, Buffer.from([familyNumber(6, gateway), 0, ...gateway])];
  }
  familyNumber(family, gateway);
  return [RTA_GATEWAY, gateway];
}

/** Adds or replaces a permanent neighbour: the MAC address (6 bytes) behind an address on the link. */
export function addNeighbour(
  index: number,
  family: AddressFamily,
  address: Uint8Array,
  mac: Uint8Array,
): Uint8Array {
  checkInterfaceIndex(index);
  if (mac.length !== 6) {
    throw new RangeError(`Cannot use ${mac.length} bytes as a MAC address, expected 6`);
  }
  const body = Buffer.alloc(12);
  body.writeUInt8(familyNumber(family, address), 0); // ndm_family
  body.writeInt32LE(index, 4); // ndm_ifindex
  body.writeUInt16LE(NUD_PERMANENT, 8); // ndm_state
  return encodeNetlinkMessage({
    type: RTM_NEWNEIGH,
    flags: NLM_F_CREATE | NLM_F_REPLACE,
    body,
    attributes: [
      [NDA_DST, address],
      [NDA_LLADDR, mac],
    ],
  });
}
