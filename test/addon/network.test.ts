import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CLONE_NEWNET, ETHTOOL_SGSO, ETHTOOL_STSO, NETLINK_ROUTE } from '../../addon/constants.ts';
import { encodeNetlinkMessage, NLM_F_CREATE } from '../../addon/netlink/message-writer.ts';
import type { Plan } from '../../addon/plan.ts';
import { addAddress, addNeighbour, addRoute, setLinkMtu, setLinkUp } from '../../addon/rtnetlink.ts';
import { type ChildResult, runChild, shell } from './support/child.ts';

const v4 = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
/** fd00::`last` */
const v6 = (last: number): Uint8Array => Uint8Array.from([0xfd, ...Array<number>(14).fill(0), last]);
const loopback = 1;

/** A child in a network namespace that holds nothing but a loopback interface. */
function runNetwork(build: (plan: Plan) => void): Promise<ChildResult> {
  return runChild(build, { namespaces: CLONE_NEWNET });
}

/** Index of an ethernet interface that `addEthernet` makes: the test chooses it. */
const ethernet = 77;

/** Makes one end of a veth pair named "pair0", brings it up and gives it an address that IPv6 can route by. */
function addEthernet(plan: Plan): Plan {
  const body = Buffer.alloc(16);
  body.writeInt32LE(ethernet, 4); // ifi_index
  const kind = Buffer.from([8, 0, 1, 0, ...Buffer.from('veth')]); // rta_len, IFLA_INFO_KIND
  const message = encodeNetlinkMessage({
    type: 16, // RTM_NEWLINK
    flags: NLM_F_CREATE,
    body,
    attributes: [
      [3, Buffer.from('pair0\0')], // IFLA_IFNAME
      [18, kind], // IFLA_LINKINFO
    ],
  });
  const address = { family: 6, bytes: v6(7), prefixLength: 64 } as const;
  return plan
    .netlink(NETLINK_ROUTE, message)
    .netlink(NETLINK_ROUTE, setLinkUp(ethernet))
    .netlink(NETLINK_ROUTE, addAddress(ethernet, address, { noDad: true }));
}

const up = (plan: Plan): Plan => plan.netlink(NETLINK_ROUTE, setLinkUp(loopback));

describe('netlink()', () => {
  it('brings a link up and sets its MTU', async () => {
    const { output } = await runNetwork((plan) => {
      up(plan).netlink(NETLINK_ROUTE, setLinkMtu(loopback, 1400));
      shell(plan, 'ip -o link show dev lo');
    });
    assert.match(output, /<LOOPBACK,UP,LOWER_UP> mtu 1400 /);
  });

  it('adds addresses, and adding them again changes nothing', async () => {
    const { output, failure } = await runNetwork((plan) => {
      up(plan);
      for (let time = 0; time < 2; time++) {
        const ipv4 = { family: 4, bytes: v4(10, 1, 2, 3), prefixLength: 24 } as const;
        plan.netlink(NETLINK_ROUTE, addAddress(loopback, ipv4));
        const ipv6 = { family: 6, bytes: v6(7), prefixLength: 64 } as const;
        plan.netlink(NETLINK_ROUTE, addAddress(loopback, ipv6, { noDad: true }));
      }
      shell(plan, 'ip -o addr show dev lo');
    });
    assert.equal(failure, undefined);
    assert.match(output, /inet 10\.1\.2\.3\/24 brd 10\.1\.2\.255 scope global lo/);
    assert.match(output, /inet6 fd00::7\/64 scope global nodad/);
  });

  it('adds routes: on the link, by a gateway, by an on-link gateway, with a metric', async () => {
    const { output, failure } = await runNetwork((plan) => {
      up(plan);
      const base = { family: 4, index: loopback } as const;
      plan.netlink(
        NETLINK_ROUTE,
        addAddress(loopback, { family: 4, bytes: v4(10, 1, 2, 3), prefixLength: 24 }),
      );
      plan.netlink(NETLINK_ROUTE, addRoute({ ...base, destination: v4(10, 9, 8, 7), prefixLength: 16 }));
      const far = { destination: v4(0, 0, 0, 0), prefixLength: 0, gateway: v4(172, 16, 0, 1), onlink: true };
      plan.netlink(NETLINK_ROUTE, addRoute({ ...base, ...far, metric: 50 }));
      const near = { destination: v4(10, 200, 0, 0), prefixLength: 16, gateway: v4(10, 1, 2, 1) };
      plan.netlink(NETLINK_ROUTE, addRoute({ ...base, ...near }));
      shell(plan, 'ip -o route');
    });
    assert.equal(failure, undefined);
    assert.match(output, /default via 172\.16\.0\.1 dev lo proto static metric 50 onlink/);
    assert.match(output, /10\.9\.0\.0\/16 dev lo proto static scope link/);
    assert.match(output, /10\.200\.0\.0\/16 via 10\.1\.2\.1 dev lo proto static/);
  });

  it('adds IPv6 routes and an IPv4 route through an IPv6 gateway', async () => {
    const { output, failure } = await runNetwork((plan) => {
      addEthernet(plan);
      const byIpv6 = { family: 6, index: ethernet, destination: v6(0), prefixLength: 0 } as const;
      plan.netlink(NETLINK_ROUTE, addRoute({ ...byIpv6, destination: v6(0x99), prefixLength: 128 }));
      plan.netlink(NETLINK_ROUTE, addRoute({ ...byIpv6, gateway: v6(8), metric: 70 }));
      const byIpv4 = { family: 4, index: ethernet, destination: v4(10, 3, 0, 0), prefixLength: 16 } as const;
      plan.netlink(NETLINK_ROUTE, addRoute({ ...byIpv4, gateway: v6(8) }));
      shell(plan, 'ip -o -6 route; ip -o route');
    });
    assert.equal(failure, undefined);
    assert.match(output, /fd00::99 dev pair0 proto static/);
    assert.match(output, /default via fd00::8 dev pair0 proto static metric 70/);
    assert.match(output, /10\.3\.0\.0\/16 via inet6 fd00::8 dev pair0 proto static/);
  });

  it('adds permanent neighbours of both families', async () => {
    const { output, failure } = await runNetwork((plan) => {
      addEthernet(plan);
      const mac = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56);
      plan.netlink(NETLINK_ROUTE, addNeighbour(ethernet, 4, v4(10, 1, 2, 1), mac));
      plan.netlink(NETLINK_ROUTE, addNeighbour(ethernet, 6, v6(9), mac));
      shell(plan, 'ip -o neigh show nud permanent');
    });
    assert.equal(failure, undefined);
    assert.match(output, /10\.1\.2\.1 dev pair0 lladdr 52:54:00:12:34:56 PERMANENT/);
    assert.match(output, /fd00::9 dev pair0 lladdr 52:54:00:12:34:56 PERMANENT/);
  });

  it("passes on the kernel's answer", async () => {
    const noLink = await runNetwork((plan) => plan.netlink(NETLINK_ROUTE, setLinkUp(999)));
    assert.deepEqual([noLink.failure?.syscall, noLink.failure?.code], ['netlink', 'ENODEV']);
    const gateway = { destination: v4(0, 0, 0, 0), prefixLength: 0, gateway: v4(10, 1, 2, 1) };
    const unreachable = await runNetwork((plan) => {
      up(plan).netlink(NETLINK_ROUTE, addRoute({ family: 4, index: loopback, ...gateway }));
    });
    assert.equal(unreachable.failure?.code, 'ENETUNREACH');
  });

  it('refuses a message that would not be answered', async () => {
    for (const damage of [
      (bytes: Uint8Array) => bytes.fill(0, 6, 8),
      (bytes: Uint8Array) => bytes.fill(1, 0, 1),
    ]) {
      const { failure } = await runNetwork((plan) => {
        const message = setLinkUp(loopback);
        damage(message);
        plan.netlink(NETLINK_ROUTE, message);
      });
      assert.equal(failure?.code, 'EINVAL');
    }
    const { failure } = await runNetwork((plan) => plan.netlink(NETLINK_ROUTE, new Uint8Array(3)));
    assert.equal(failure?.code, 'EINVAL');
  });

  it('reports an unknown protocol', async () => {
    const { failure } = await runNetwork((plan) => plan.netlink(77, setLinkUp(loopback)));
    assert.equal(failure?.code, 'EPROTONOSUPPORT');
  });
});

describe('ethtool()', () => {
  it('turns offloads off', async () => {
    const { handshake } = await runNetwork((plan) => {
      addEthernet(plan).ethtool('pair0', ETHTOOL_STSO, 0).ethtool('pair0', ETHTOOL_SGSO, 0);
    });
    assert.deepEqual(handshake, { state: 'ended', warnings: [] });
  });

  it('reports a missing interface and a name that none can have', async () => {
    for (const name of ['eth77', 'x'.repeat(16), 'x'.repeat(300)]) {
      const { failure } = await runNetwork((plan) => plan.ethtool(name, ETHTOOL_STSO, 0));
      assert.deepEqual([failure?.syscall, failure?.code], ['ethtool', 'ENODEV']);
    }
  });
});
