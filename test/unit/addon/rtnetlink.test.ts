import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addAddress, addNeighbour, addRoute, setLinkMtu, setLinkUp } from '../../../addon/rtnetlink.ts';
import { annotatedHex } from './annotated-hex.ts';

const ipv4 = Uint8Array.of(10, 0, 2, 15);
const ipv6 = Uint8Array.of(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);
const gateway4 = Uint8Array.of(10, 0, 2, 2);
const gateway6 = Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

describe('setLinkUp()', () => {
  it('sets and changes IFF_UP alone', () => {
    const expected = annotatedHex(`
      20 00 00 00  nlmsg_len 32
      10 00        nlmsg_type RTM_NEWLINK
      05 00        nlmsg_flags NLM_F_REQUEST 1 | NLM_F_ACK 4
      01 00 00 00  nlmsg_seq
      00 00 00 00  nlmsg_pid: the kernel
      00 00        ifi_family AF_UNSPEC, padding
      00 00        ifi_type
      02 00 00 00  ifi_index 2
      01 00 00 00  ifi_flags IFF_UP
      01 00 00 00  ifi_change IFF_UP`);
    assert.deepEqual(setLinkUp(2), expected);
  });

  it('refuses an index that no interface has', () => {
    for (const index of [0, -1, 1.5, 2 ** 31, Number.NaN]) assert.throws(() => setLinkUp(index), RangeError);
  });
});

describe('setLinkMtu()', () => {
  it('leaves the flags alone and carries IFLA_MTU', () => {
    const expected = annotatedHex(`
      28 00 00 00  nlmsg_len 40
      10 00        nlmsg_type RTM_NEWLINK
      05 00        nlmsg_flags NLM_F_REQUEST | NLM_F_ACK
      01 00 00 00  nlmsg_seq
      00 00 00 00  nlmsg_pid
      00 00 00 00  ifi_family, padding, ifi_type
      03 00 00 00  ifi_index 3
      00 00 00 00  ifi_flags
      00 00 00 00  ifi_change: none
      08 00 04 00  rta_len 8, rta_type IFLA_MTU
      78 05 00 00  1400`);
    assert.deepEqual(setLinkMtu(3, 1400), expected);
  });
});

describe('addAddress()', () => {
  it('computes the broadcast address of an IPv4 network', () => {
    const expected = annotatedHex(`
      30 00 00 00  nlmsg_len 48
      14 00        nlmsg_type RTM_NEWADDR
      05 05        nlmsg_flags REQUEST | ACK | NLM_F_REPLACE 0x100 | NLM_F_CREATE 0x400
      01 00 00 00  nlmsg_seq
      00 00 00 00  nlmsg_pid
      02           ifa_family AF_INET
      14           ifa_prefixlen 20
      00           ifa_flags
      00           ifa_scope RT_SCOPE_UNIVERSE
      02 00 00 00  ifa_index 2
      08 00 02 00  rta_len 8, IFA_LOCAL
      0a 00 02 0f  10.0.2.15
      08 00 01 00  rta_len 8, IFA_ADDRESS
      0a 00 02 0f  10.0.2.15
      08 00 04 00  rta_len 8, IFA_BROADCAST
      0a 00 0f ff  10.0.15.255`);
    assert.deepEqual(addAddress(2, { family: 4, bytes: ipv4, prefixLength: 20 }), expected);
  });

  it('gives a /31 and a /32 no broadcast address', () => {
    for (const prefixLength of [31, 32]) {
      const message = addAddress(2, { family: 4, bytes: ipv4, prefixLength });
      assert.equal(message.length, 40, 'header, ifaddrmsg, IFA_LOCAL, IFA_ADDRESS');
    }
  });

  it('gives a loopback address host scope', () => {
    const message = addAddress(1, { family: 4, bytes: Uint8Array.of(127, 0, 0, 1), prefixLength: 8 });
    assert.equal(message[19], 254, 'RT_SCOPE_HOST');
    assert.equal(message.length, 40);
  });

  it('asks for no duplicate detection through IFA_FLAGS', () => {
    const expected = annotatedHex(`
      48 00 00 00  nlmsg_len 72
      14 00        nlmsg_type RTM_NEWADDR
      05 05        nlmsg_flags
      01 00 00 00  nlmsg_seq
      00 00 00 00  nlmsg_pid
      0a           ifa_family AF_INET6
      40           ifa_prefixlen 64
      00           ifa_flags: IFA_FLAGS below replaces it
      00           ifa_scope
      02 00 00 00  ifa_index 2
      14 00 02 00  rta_len 20, IFA_LOCAL
      fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02  fd00::2
      14 00 01 00  rta_len 20, IFA_ADDRESS
      fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02  fd00::2
      08 00 08 00  rta_len 8, IFA_FLAGS
      02 00 00 00  IFA_F_NODAD`);
    assert.deepEqual(addAddress(2, { family: 6, bytes: ipv6, prefixLength: 64 }, { noDad: true }), expected);
  });

  it('refuses bytes of the other family and impossible prefixes', () => {
    assert.throws(() => addAddress(2, { family: 4, bytes: ipv6, prefixLength: 8 }), /16 bytes as an IPv4/);
    assert.throws(() => addAddress(2, { family: 6, bytes: ipv4, prefixLength: 8 }), /4 bytes as an IPv6/);
    assert.throws(() => addAddress(2, { family: 4, bytes: ipv4, prefixLength: 33 }), RangeError);
    assert.throws(() => addAddress(2, { family: 6, bytes: ipv6, prefixLength: 129 }), RangeError);
    assert.throws(() => addAddress(2, { family: 6, bytes: ipv6, prefixLength: -1 }), RangeError);
  });
});

describe('addRoute()', () => {
  it('encodes an IPv4 default route with a metric', () => {
    const expected = annotatedHex(`
      34 00 00 00  nlmsg_len 52
      18 00        nlmsg_type RTM_NEWROUTE
      05 05        nlmsg_flags REQUEST | ACK | REPLACE | CREATE
      01 00 00 00  nlmsg_seq
      00 00 00 00  nlmsg_pid
      02           rtm_family AF_INET
      00           rtm_dst_len 0
      00           rtm_src_len
      00           rtm_tos
      fe           rtm_table RT_TABLE_MAIN
      04           rtm_protocol RTPROT_STATIC
      00           rtm_scope RT_SCOPE_UNIVERSE
      01           rtm_type RTN_UNICAST
      00 00 00 00  rtm_flags
      08 00 05 00  rta_len 8, RTA_GATEWAY
      0a 00 02 02  10.0.2.2
      08 00 04 00  rta_len 8, RTA_OIF
      02 00 00 00  2
      08 00 06 00  rta_len 8, RTA_PRIORITY
      64 00 00 00  100`);
    const route = { family: 4, destination: new Uint8Array(4), prefixLength: 0, index: 2 } as const;
    assert.deepEqual(addRoute({ ...route, gateway: gateway4, metric: 100 }), expected);
  });

  it('puts a route without gateway on the link and clears the host bits', () => {
    const expected = annotatedHex(`
      2c 00 00 00  nlmsg_len 44
      18 00        nlmsg_type RTM_NEWROUTE
      05 05        nlmsg_flags
      01 00 00 00  nlmsg_seq
      00 00 00 00  nlmsg_pid
      02           rtm_family AF_INET
      16           rtm_dst_len 22
      00 00        rtm_src_len, rtm_tos
      fe 04        rtm_table, rtm_protocol
      fd           rtm_scope RT_SCOPE_LINK
      01           rtm_type
      00 00 00 00  rtm_flags
      08 00 01 00  rta_len 8, RTA_DST
      0a 00 00 00  10.0.0.0
      08 00 04 00  rta_len 8, RTA_OIF
      02 00 00 00  2`);
    assert.deepEqual(addRoute({ family: 4, destination: ipv4, prefixLength: 22, index: 2 }), expected);
  });

  it('encodes an IPv6 route to an on-link gateway', () => {
    const expected = annotatedHex(`
      38 00 00 00  nlmsg_len 56
      18 00        nlmsg_type RTM_NEWROUTE
      05 05        nlmsg_flags
      01 00 00 00  nlmsg_seq
      00 00 00 00  nlmsg_pid
      0a           rtm_family AF_INET6
      00           rtm_dst_len
      00 00        rtm_src_len, rtm_tos
      fe 04        rtm_table, rtm_protocol
      00           rtm_scope
      01           rtm_type
      04 00 00 00  rtm_flags RTNH_F_ONLINK
      14 00 05 00  rta_len 20, RTA_GATEWAY
      fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 01  fe80::1
      08 00 04 00  rta_len 8, RTA_OIF
      02 00 00 00  2`);
    const route = { family: 6, destination: new Uint8Array(16), prefixLength: 0, index: 2 } as const;
    assert.deepEqual(addRoute({ ...route, gateway: gateway6, onlink: true }), expected);
  });

  it('reaches an IPv4 network through an IPv6 gateway by RTA_VIA', () => {
    const route = { family: 4, destination: new Uint8Array(4), prefixLength: 0, index: 2 } as const;
    const message = addRoute({ ...route, gateway: gateway6 });
    const expected = annotatedHex(`
      16 00 12 00  rta_len 22, RTA_VIA
      0a 00        rtvia_family AF_INET6
      fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 01  fe80::1
      00 00        padding
      08 00 04 00  rta_len 8, RTA_OIF
      02 00 00 00  2`);
    assert.deepEqual(message.subarray(28), expected);
  });

  it('refuses an IPv6 route through an IPv4 gateway', () => {
    const route = { family: 6, destination: new Uint8Array(16), prefixLength: 0, index: 2 } as const;
    assert.throws(() => addRoute({ ...route, gateway: gateway4 }), RangeError);
  });
});

describe('addNeighbour()', () => {
  it('encodes a permanent neighbour', () => {
    const expected = annotatedHex(`
      30 00 00 00  nlmsg_len 48
      1c 00        nlmsg_type RTM_NEWNEIGH
      05 05        nlmsg_flags
      01 00 00 00  nlmsg_seq
      00 00 00 00  nlmsg_pid
      02 00 00 00  ndm_family AF_INET, padding
      02 00 00 00  ndm_ifindex 2
      80 00        ndm_state NUD_PERMANENT
      00 00        ndm_flags, ndm_type
      08 00 01 00  rta_len 8, NDA_DST
      0a 00 02 02  10.0.2.2
      0a 00 02 00  rta_len 10, NDA_LLADDR
      52 54 00 12 34 56 00 00  52:54:00:12:34:56, padding`);
    const mac = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56);
    assert.deepEqual(addNeighbour(2, 4, gateway4, mac), expected);
  });

  it('refuses a MAC address of the wrong length', () => {
    assert.throws(() => addNeighbour(2, 4, gateway4, new Uint8Array(5)), /5 bytes as a MAC address/);
  });
});
