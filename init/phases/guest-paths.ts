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
  cgroup: '/sys/fs/cgroup',
} as const;
