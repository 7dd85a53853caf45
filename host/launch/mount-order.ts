import { FirstbornError } from '../../protocol/errors.ts';
import type { MountRequest } from './mounts.ts';

/** The launch config's own limit. */
const maxMounts = 64;
/** What the boards have room for: microvm's 24 virtio-mmio slots less root, config, channel, entropy and network. */
export const maxVolumes = 16;

/** Mounts of the container itself that nothing may hide, with all below them. */
const ownTrees = ['/proc', '/sys', '/dev/pts'];

function destinationProblem(destination: string): string | undefined {
  if (!destination.startsWith('/')) return 'expected an absolute path';
  if (destination === '/') return 'that is the root of the container';
  if (destination === '/dev' || ownTrees.some((tree) => `${destination}/`.startsWith(`${tree}/`))) {
    return 'the container has mounts of its own there';
  }
  return undefined;
}

/** Without doubled and trailing slashes, `.` and `..`. */
function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`;
}

const depth = (path: string): number => path.split('/').length;

/**
 * Checks what is asked for as a whole and puts it into the order of mounting: what lies in something else comes
 * after it. Pure. Throws a FirstbornError of code `usage`.
 */
export function orderMounts<Request extends MountRequest>(requests: readonly Request[]): Request[] {
  const plain = requests.map((request) => ({ ...request, destination: plainPath(request.destination) }));
  const destinations = new Set<string>();
  for (const { destination } of plain) {
    const problem = destinationProblem(destination);
    if (problem !== undefined) {
      throw new FirstbornError('usage', `Cannot mount anything at "${destination}": ${problem}`);
    }
    if (destinations.has(destination)) {
      throw new FirstbornError('usage', `Cannot mount two things at "${destination}"`);
    }
    destinations.add(destination);
  }
  const volumes = plain.filter((request) => request.type === 'bind').length;
  if (plain.length > maxMounts || volumes > maxVolumes) {
    throw new FirstbornError(
      'usage',
      `Cannot mount ${plain.length} things, ${volumes} of them from the host: at most ${maxMounts} and ${maxVolumes}`,
    );
  }
  return plain.toSorted((one, other) => depth(one.destination) - depth(other.destination));
}
