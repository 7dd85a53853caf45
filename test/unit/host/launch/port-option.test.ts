import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePortOption } from '../../../../host/launch/port-option.ts';

const port = (hostPort: number, guestPort: number, protocol = 'tcp', hostAddress = ''): object => ({
  protocol,
  hostAddress,
  hostPort,
  guestPort,
});

describe('parsePortOption()', () => {
  for (const [text, expected] of [
    ['8080:80', [port(8080, 80)]],
    ['8080:80/tcp', [port(8080, 80)]],
    ['53:5353/udp', [port(53, 5353, 'udp')]],
    ['127.0.0.1:8080:80', [port(8080, 80, 'tcp', '127.0.0.1')]],
    ['80', [port(0, 80)]],
    ['127.0.0.1::80/udp', [port(0, 80, 'udp', '127.0.0.1')]],
    ['8000-8002:80-82', [port(8000, 80), port(8001, 81), port(8002, 82)]],
    ['90-91', [port(0, 90), port(0, 91)]],
  ] as const) {
    it(`reads "${text}"`, () => assert.deepEqual(parsePortOption(text), expected));
  }

  for (const [text, expected] of [
    ['', /HOSTPORT/],
    ['http', /HOSTPORT/],
    ['0:80', /HOSTPORT/],
    ['80:65536', /HOSTPORT/],
    ['x:80', /HOSTPORT/],
    ['80:80/sctp', /HOSTPORT/],
    ['80:80/tcp/udp', /HOSTPORT/],
    ['82-80:80-82', /HOSTPORT/],
    ['127.0.0.1:80', /HOSTPORT/],
    ['8000-8010:80', /as many ports of the host as of the guest$/],
    ['[::1]:8080:80', /an IPv4 address in place of "::1", QEMU's user network forwards from no other$/],
    ['localhost:8080:80', /an IPv4 address in place of "localhost"/],
  ] as const) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => parsePortOption(text), { code: 'usage', message: expected });
    });
  }
});
