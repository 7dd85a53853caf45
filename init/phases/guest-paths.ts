import { guestRuntimePath } from '../../protocol/names.ts';

/** Where init keeps things in its own root, the initramfs. No container sees any of it. */
export const guestPaths = {
  config: '/config',
  /** The image, read-only. */
  image: '/image',
  /** tmpfs with the overlay's upper and work directories. */
  overlay: '/overlay',
  addons: '/addons',
  /** The assembled root of the container. */
  newRoot: '/newroot',
  /** Below it, disks and shares that the container is given, by their number. */
  volumes: '/run/firstborn/volumes',
  cgroup: '/sys/fs/cgroup',
  /** Files of the bundle beside its root, on the config disk. */
  bundle: '/config/bundle',
  /** Where a hook has them. */
  hookBundle: '/run/firstborn/bundle',
} as const;

/** init's mounts that no container keeps. Each is detached with all below it. */
export const hiddenMounts = [
  guestRuntimePath,
  guestPaths.config,
  guestPaths.image,
  guestPaths.overlay,
  guestPaths.addons,
  '/run',
  '/sys',
  '/dev',
  '/proc',
] as const;
