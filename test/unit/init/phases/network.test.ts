import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ETHTOOL_SGSO, ETHTOOL_STSO, NETLINK_ROUTE } from '../../../../addon/constants.ts';
import { Plan } from '../../../../addon/plan.ts';
import { addAddress, addNeighbour, addRoute, setLinkMtu, setLinkUp } from '../../../../addon/rtnetlink.ts';
import { linkPlan, loopbackPlan } from '../../../../init/phases/network.ts';
import { type NetworkConfig, parseLaunchConfig } from '../../../../protocol/launch-config.ts';
import { addressBytes } from '../../../../protocol/network-address.ts';
import { netlinkMessages } from '../../../support/plan-records.ts';
import { planLines } from '../../../support/plan-text.ts';

const link = { name: 'eth0', index: 2 };

function network(settings: object): NetworkConfig {
  const config = parseLaunchConfig({
    version: 1,
    root: { format: 'erofs' },
    network: { link: 'eth0', ...settings },
  }).network;
  assert.ok(config !== undefined);
  return config;
}

/** Offset of rtm_flags in a route message: nlmsghdr is 16 bytes, the flags are the last field of rtmsg. */
const routeFlagsAt = 24;

function routeFlags(addresses: string[], destination: string, gateway?: string): string | undefined {
  const route = gateway === undefined ? { destination } : { destination, gateway };
  const message = netlinkMessages(linkPlan(link, network({ addresses, routes: [route] }))).at(-1);
  return message?.toString('hex', routeFlagsAt, routeFlagsAt + 4);
}

test('loopbackPlan() brings interface 1 up', () => {
  const expected = new Plan().netlink(NETLINK_ROUTE, setLinkUp(1));
  assert.deepEqual(loopbackPlan().bytes(), expected.bytes());
});

test('linkPlan() sets MTU and addresses, brings the link up, then adds routes and neighbours', () => {
  const plan = linkPlan(
    link,
    network({
      mtu: 1400,
      addresses: ['10.0.2.15/24', 'fd00::2/64'],
      routes: [{ destination: '0.0.0.0/0', gateway: '10.0.2.2' }],
      neighbours: [{ address: '10.0.2.2', mac: '52:54:00:00:00:01' }],
    }),
  );
  assert.deepEqual(
    planLines(plan).map((line) => line.replace(/ \(\d+ bytes\)$/, '')),
    [
      'writeFile /proc/sys/net/ipv6/conf/eth0/accept_ra 0 0644 0',
      'writeFile /proc/sys/net/ipv6/conf/eth0/autoconf 0 0644 0',
      'ethtool eth0 ETHTOOL_SGSO 0',
      'ethtool eth0 ETHTOOL_STSO 0',
      'netlink 0 RTM_NEWLINK',
      'netlink 0 RTM_NEWADDR',
      'netlink 0 RTM_NEWADDR',
      'netlink 0 RTM_NEWLINK',
      'netlink 0 RTM_NEWROUTE',
      'netlink 0 RTM_NEWNEIGH',
    ],
  );
});

test('linkPlan() sends exactly these requests', () => {
  const plan = linkPlan(
    link,
    network({
      mtu: 1400,
      addresses: ['10.0.2.15/24', 'fd00::2/64'],
      routes: [
        { destination: '0.0.0.0/0', gateway: '10.0.2.2', metric: 5 },
        { destination: '192.0.2.0/24' },
        { destination: '::/0', gateway: 'fe80::1' },
      ],
      neighbours: [{ address: 'fe80::1', mac: '52:54:00:00:00:01' }],
    }),
  );
  const index = link.index;
  const bytes = addressBytes;
  const mac = Buffer.from('525400000001', 'hex');
  const toAll = (all: string, family: 4 | 6) => ({ family, destination: bytes(all), prefixLength: 0, index });
  const expected = [
    setLinkMtu(index, 1400),
    addAddress(index, { family: 4, bytes: bytes('10.0.2.15'), prefixLength: 24 }, { noDad: true }),
    addAddress(index, { family: 6, bytes: bytes('fd00::2'), prefixLength: 64 }, { noDad: true }),
    setLinkUp(index),
    addRoute({ family: 4, destination: bytes('192.0.2.0'), prefixLength: 24, index }),
    addRoute({ ...toAll('0.0.0.0', 4), gateway: bytes('10.0.2.2'), metric: 5 }),
    addRoute({ ...toAll('::', 6), gateway: bytes('fe80::1') }),
    addNeighbour(index, 6, bytes('fe80::1'), mac),
  ];
  assert.deepEqual(
    netlinkMessages(plan).map((message) => message.toString('hex')),
    expected.map((message) => Buffer.from(message).toString('hex')),
  );
});

test('linkPlan() goes on without IPv6 in the kernel and without offloads in the driver', () => {
  const expected = new Plan();
  for (const setting of ['accept_ra', 'autoconf']) {
    expected.writeFile(`/proc/sys/net/ipv6/conf/eth0/${setting}`, '0', {}, { accept: ['ENOENT'] });
  }
  for (const command of [ETHTOOL_SGSO, ETHTOOL_STSO]) {
    expected.ethtool('eth0', command, 0, { accept: ['EOPNOTSUPP'] });
  }
  expected.netlink(NETLINK_ROUTE, setLinkUp(2));
  assert.deepEqual(linkPlan(link, network({})).bytes(), expected.bytes());
});

test('linkPlan() keeps the order of routes of a kind', () => {
  const routes = [
    { destination: '10.1.0.0/16', gateway: '10.0.0.1' },
    { destination: '10.2.0.0/16' },
    { destination: '10.3.0.0/16', gateway: '10.0.0.1' },
    { destination: '10.4.0.0/16' },
  ];
  const messages = netlinkMessages(linkPlan(link, network({ addresses: ['10.0.0.2/24'], routes })));
  // The destination is the first attribute: rtmsg ends at 28, its header takes 4 bytes.
  const seconds = messages.slice(-4).map((message) => message[33]);
  assert.deepEqual(seconds, [2, 4, 1, 3]);
});

const RTNH_F_ONLINK = '04000000';
const noFlags = '00000000';
const reachability: [
  what: string,
  addresses: string[],
  route: [destination: string, gateway?: string],
  flags: string,
][] = [
  ['a gateway in the network of an address', ['10.0.2.15/24'], ['0.0.0.0/0', '10.0.2.2'], noFlags],
  ['a gateway outside of it', ['10.0.2.15/24'], ['0.0.0.0/0', '10.0.3.2'], RTNH_F_ONLINK],
  ['a gateway beside a single address', ['192.0.2.7/32'], ['0.0.0.0/0', '192.0.2.1'], RTNH_F_ONLINK],
  ['the last gateway of a /20', ['10.0.16.1/20'], ['0.0.0.0/0', '10.0.31.255'], noFlags],
  ['the first gateway after a /20', ['10.0.16.1/20'], ['0.0.0.0/0', '10.0.32.0'], RTNH_F_ONLINK],
  ['any gateway of a /0', ['10.0.16.1/0'], ['192.0.2.0/24', '203.0.113.1'], noFlags],
  ['a gateway in the second network', ['10.0.2.15/24', '10.9.0.1/16'], ['0.0.0.0/0', '10.9.8.7'], noFlags],
  ['a gateway and no address', [], ['0.0.0.0/0', '10.0.2.2'], RTNH_F_ONLINK],
  ['an IPv6 gateway in the network', ['fd00::2/64'], ['::/0', 'fd00::1'], noFlags],
  ['an IPv6 gateway outside of it', ['fd00::2/64'], ['::/0', 'fd00:0:0:1::1'], RTNH_F_ONLINK],
  ['a link-local gateway', ['fd00::2/64'], ['::/0', 'fe80::1'], noFlags],
  ['the last link-local gateway', ['fd00::2/64'], ['::/0', 'febf::1'], noFlags],
  ['a site-local gateway', ['fd00::2/64'], ['::/0', 'fec0::1'], RTNH_F_ONLINK],
  ['an address of the other family', ['10.0.2.15/0'], ['::/0', 'fd00::1'], RTNH_F_ONLINK],
  ['no gateway', [], ['192.0.2.0/24'], noFlags],
];
for (const [what, addresses, [destination, gateway], flags] of reachability) {
  test(`linkPlan() ${flags === noFlags ? 'adds no flag' : 'says onlink'} for ${what}`, () => {
    assert.equal(routeFlags(addresses, destination, gateway), flags);
  });
}
