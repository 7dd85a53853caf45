import { FirstbornError } from '../../errors.ts';
import type { ImageConfig } from '../../image-config.ts';
import type { LaunchConfig, MountConfig } from '../../launch-config.ts';
import type { SpecMount } from '../runtime-spec.ts';
import { guestVolumePath } from '../../names.ts';

/** As /tmp: what every user may write to. */
const defaultTmpfsMode = 0o1777;

/** Trees of the container itself that an image's volume must not cover. */
const ownTrees = ['/proc', '/sys', '/dev/pts'];

/** A mount of the launch config: a volume that init has mounted already, or a tmpfs. */
function requestedMount(mount: MountConfig, index: number): SpecMount {
  const { destination } = mount;
  const options = ['nosuid', 'nodev', ...(mount.readonly ? ['ro'] : [])];
  if (mount.type !== 'tmpfs') {
    return { destination, type: 'bind', source: guestVolumePath(index), options: ['bind', ...options] };
  }
  const size = mount.sizeBytes === undefined ? [] : [`size=${mount.sizeBytes}`];
  const mode = `mode=${(mount.mode ?? defaultTmpfsMode).toString(8)}`;
  return {
    destination,
    type: 'tmpfs',
    source: 'tmpfs',
    options: [...options, mode, ...size, ...mount.options],
  };
}

/** What the launch config mounts, in its order. Pure. */
export function requestedMounts(mounts: LaunchConfig['mounts']): SpecMount[] {
  return mounts.map(requestedMount);
}

/** Without doubled and trailing slashes, `.` and `..`. */
function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

const isInside = (path: string, tree: string): boolean => `${path}/`.startsWith(`${tree}/`);

/** The image's `Volumes` as plain paths, parents first. Throws for a path that can't be one. */
function volumeDestinations(image: ImageConfig): string[] {
  const paths = Object.keys(image.config?.Volumes ?? {}).map((path) => {
    const plain = plainPath(path);
    const isOwn = plain === '/' || plain === '/dev' || ownTrees.some((tree) => isInside(plain, tree));
    if (path.startsWith('/') && !isOwn && !path.includes('\0')) return plain;
    throw new FirstbornError(
      'config',
      `Cannot make the image's volume "${path}": expected an absolute path that the container has no mount of its own at`,
    );
  });
  return [...new Set(paths)].toSorted((one, other) => one.length - other.length || (one < other ? -1 : 1));
}

/**
 * Adds a volume for each of the image's `Volumes` for which nothing else is mounted, as docker-run(1) makes anonymous
 * volumes: memory that begins with what the image has there, and lasts as long as the container. A volume comes
 * before what is mounted in it, and behind what it lies in. Pure. Throws a FirstbornError of code `config`.
 */
export function withImageVolumes(image: ImageConfig, requested: readonly SpecMount[]): SpecMount[] {
  const mounts = [...requested];
  for (const destination of volumeDestinations(image)) {
    if (mounts.some((mount) => plainPath(mount.destination) === destination)) continue;
    const firstInside = mounts.findIndex((mount) => isInside(plainPath(mount.destination), destination));
    const options = ['nosuid', 'nodev', 'tmpcopyup'];
    const volume: SpecMount = { destination, type: 'tmpfs', source: 'tmpfs', options };
    mounts.splice(firstInside === -1 ? mounts.length : firstInside, 0, volume);
  }
  return mounts;
}
