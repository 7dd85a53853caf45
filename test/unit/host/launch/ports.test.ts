import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it } from 'node:test';
import type { PortRequest } from '../../../../host/launch/port-option.ts';
import { choosePorts, forwardPorts } from '../../../../host/launch/ports.ts';

const wish = (hostPort: number, protocol: 'tcp' | 'udp' = 'tcp'): PortRequest => ({
  protocol,
  hostAddress: '127.0.0.1',
  hostPort,
  guestPort: 80,
});

describe('choosePorts()', () => {
  it('finds free ports, each another one, and leaves them free', async () => {
    const chosen = await choosePorts([wish(0), wish(0), wish(0, 'udp')]);
    const [one, other] = chosen.map(({ hostPort }) => hostPort);
    assert.notEqual(one, other);
    assert.ok(chosen.every(({ hostPort }) => hostPort > 0));
    assert.deepEqual(await choosePorts(chosen), chosen);
  });

  it('names a TCP port that is taken', async (context) => {
    const server = createServer().listen(0, '127.0.0.1');
    context.after(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await assert.rejects(choosePorts([wish(0), wish(port)]), {
      code: 'host',
      message: `Cannot forward tcp port ${port} of 127.0.0.1`,
    });
  });

  it('names a UDP port that is taken, while TCP has another', async (context) => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    context.after(() => socket.close());
    await once(socket, 'listening');
    const { port } = socket.address();
    await assert.rejects(choosePorts([wish(port, 'udp')]), {
      message: `Cannot forward udp port ${port} of 127.0.0.1`,
    });
  });

  it('refuses the same port twice', async () => {
    const [free] = await choosePorts([wish(0)]);
    await assert.rejects(choosePorts([wish(free?.hostPort ?? 0), wish(free?.hostPort ?? 0)]), {
      code: 'host',
    });
  });
});

describe('forwardPorts()', () => {
  const network = { link: 'eth0', addresses: ['fec0::15/64', '10.1.0.7/16', '10.1.0.8/16'] };

  it("leads to the guest's first IPv4 address", () => {
    assert.deepEqual(forwardPorts([wish(8080)], network), [{ ...wish(8080), guestAddress: '10.1.0.7' }]);
  });

  it('needs a network only where there is a port', () => {
    assert.deepEqual(forwardPorts([], undefined), []);
    assert.throws(() => forwardPorts([wish(1)], undefined), {
      code: 'usage',
      message: 'Cannot forward ports to a guest without a network',
    });
    assert.throws(() => forwardPorts([wish(1)], { ...network, addresses: ['fec0::15/64'] }), {
      code: 'usage',
      message: 'Cannot forward ports to a guest without an IPv4 address',
    });
  });

  it('has a limit', () => {
    assert.throws(
      () =>
        forwardPorts(
          Array.from({ length: 1025 }, () => wish(1)),
          network,
        ),
      { code: 'usage' },
    );
  });
});
