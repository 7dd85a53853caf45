import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { FirstbornError } from '../../protocol/errors.ts';
import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import { parseInterfaceAddress } from '../../protocol/network-address.ts';
import type { PortForward } from '../machine/machine-record.ts';
import type { ForwardedPort } from '../vm/machine-description.ts';
import type { PortRequest } from './port-option.ts';

/** Each is a socket of QEMU's and a word of its command line. */
const maxPorts = 1024;

/** Where QEMU sends what arrives: the guest's first IPv4 address. Pure. Throws a FirstbornError of code `usage`. */
export function forwardPorts(
  ports: readonly PortForward[],
  network: LaunchConfigInput['network'],
): ForwardedPort[] {
  if (ports.length === 0) return [];
  if (ports.length > maxPorts) {
    throw new FirstbornError('usage', `Cannot forward ${ports.length} ports: at most ${maxPorts}`);
  }
  if (network === undefined)
    throw new FirstbornError('usage', 'Cannot forward ports to a guest without a network');
  const guest = network.addresses?.map(parseInterfaceAddress).find((address) => address?.family === 4);
  if (guest === undefined) {
    throw new FirstbornError('usage', 'Cannot forward ports to a guest without an IPv4 address');
  }
  return ports.map((port) => ({ ...port, guestAddress: guest.address }));
}

/** `tcp port 8080 of 127.0.0.1`, for people. */
function describePort({ protocol, hostAddress, hostPort }: PortRequest): string {
  const port = hostPort === 0 ? 'any port' : `port ${hostPort}`;
  return `${protocol} ${port}${hostAddress === '' ? '' : ` of ${hostAddress}`}`;
}

interface HeldPort {
  port: number;
  release(): Promise<void>;
}

/** Binds as QEMU will: on all IPv4 addresses unless one is named. Rejects with the system's error. */
function holdPort({ protocol, hostAddress, hostPort }: PortRequest): Promise<HeldPort> {
  const address = hostAddress === '' ? '0.0.0.0' : hostAddress;
  return new Promise((resolve, reject) => {
    if (protocol === 'udp') {
      const socket = createSocket('udp4');
      const release = (): Promise<void> => new Promise((closed) => socket.close(closed));
      socket.once('error', (error) => {
        socket.close();
        reject(error);
      });
      socket.bind({ port: hostPort, address, exclusive: true }, () =>
        resolve({ port: socket.address().port, release }),
      );
      return;
    }
    const server = createServer();
    const release = (): Promise<void> => new Promise((closed) => server.close(() => closed()));
    server.once('error', reject);
    server.listen({ port: hostPort, host: address, exclusive: true }, () => {
      const bound = server.address();
      resolve({ port: typeof bound === 'object' && bound !== null ? bound.port : hostPort, release });
    });
  });
}

/**
 * Finds out whether the ports of the host are free, by binding all of them for a moment, and chooses where any will
 * do. QEMU binds them when the machine starts; whoever comes between makes that fail. Throws a FirstbornError of code
 * `host` that names the port.
 */
export async function choosePorts(requests: readonly PortRequest[]): Promise<PortForward[]> {
  const held: HeldPort[] = [];
  try {
    const chosen = new Map<PortRequest, PortForward>();
    // Those that are named first: a free one must not be taken from under them.
    for (const request of requests.toSorted((one, other) => other.hostPort - one.hostPort)) {
      const port = await holdPort(request).catch((cause: unknown) => {
        throw new FirstbornError('host', `Cannot forward ${describePort(request)}`, { cause });
      });
      held.push(port);
      chosen.set(request, { ...request, hostPort: port.port });
    }
    return requests.map((request) => chosen.get(request) ?? request);
  } finally {
    await Promise.all(held.map((port) => port.release()));
  }
}
