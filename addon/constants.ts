/**
 * Kernel constants that callers of the plan need, with the kernel's spelling and grouped by header. All of
 * them are the same on x86-64 and arm64, except O_DIRECTORY and O_NOFOLLOW, which come from Node.
 */
import { constants } from 'node:fs';

/** Mount flags, linux/mount.h, mount(2). */
export const mountFlags = {
  MS_RDONLY: 0x1,
  MS_NOSUID: 0x2,
  MS_NODEV: 0x4,
  MS_NOEXEC: 0x8,
  MS_SYNCHRONOUS: 0x10,
  MS_REMOUNT: 0x20,
  MS_MANDLOCK: 0x40,
  MS_DIRSYNC: 0x80,
  MS_NOSYMFOLLOW: 0x100,
  MS_NOATIME: 0x400,
  MS_NODIRATIME: 0x800,
  MS_BIND: 0x1000,
  MS_MOVE: 0x2000,
  MS_REC: 0x4000,
  MS_SILENT: 0x8000,
  MS_POSIXACL: 0x1_0000,
  MS_UNBINDABLE: 0x2_0000,
  MS_PRIVATE: 0x4_0000,
  MS_SLAVE: 0x8_0000,
  MS_SHARED: 0x10_0000,
  MS_RELATIME: 0x20_0000,
  MS_I_VERSION: 0x80_0000,
  MS_STRICTATIME: 0x100_0000,
  MS_LAZYTIME: 0x200_0000,
} as const;
export const {
  MS_RDONLY,
  MS_NOSUID,
  MS_NODEV,
  MS_NOEXEC,
  MS_SYNCHRONOUS,
  MS_REMOUNT,
  MS_MANDLOCK,
  MS_DIRSYNC,
  MS_NOSYMFOLLOW,
  MS_NOATIME,
  MS_NODIRATIME,
  MS_BIND,
  MS_MOVE,
  MS_REC,
  MS_SILENT,
  MS_POSIXACL,
  MS_UNBINDABLE,
  MS_PRIVATE,
  MS_SLAVE,
  MS_SHARED,
  MS_RELATIME,
  MS_I_VERSION,
  MS_STRICTATIME,
  MS_LAZYTIME,
} = mountFlags;

/** umount2(2). */
export const unmountFlags = { MNT_FORCE: 1, MNT_DETACH: 2, MNT_EXPIRE: 4, UMOUNT_NOFOLLOW: 8 } as const;
export const { MNT_FORCE, MNT_DETACH, MNT_EXPIRE, UMOUNT_NOFOLLOW } = unmountFlags;

/** open_tree(2). AT_RECURSIVE clones the whole tree, as MS_REC does. */
export const openTreeFlags = {
  OPEN_TREE_CLONE: 1,
  AT_SYMLINK_NOFOLLOW: 0x100,
  AT_NO_AUTOMOUNT: 0x800,
  AT_RECURSIVE: 0x8000,
} as const;
export const { OPEN_TREE_CLONE, AT_SYMLINK_NOFOLLOW, AT_NO_AUTOMOUNT, AT_RECURSIVE } = openTreeFlags;

/** Namespaces: clone3(2), unshare(2), setns(2). */
export const namespaceFlags = {
  CLONE_NEWTIME: 0x80,
  CLONE_NEWNS: 0x2_0000,
  CLONE_NEWCGROUP: 0x200_0000,
  CLONE_NEWUTS: 0x400_0000,
  CLONE_NEWIPC: 0x800_0000,
  CLONE_NEWUSER: 0x1000_0000,
  CLONE_NEWPID: 0x2000_0000,
  CLONE_NEWNET: 0x4000_0000,
} as const;
export const {
  CLONE_NEWTIME,
  CLONE_NEWNS,
  CLONE_NEWCGROUP,
  CLONE_NEWUTS,
  CLONE_NEWIPC,
  CLONE_NEWUSER,
  CLONE_NEWPID,
  CLONE_NEWNET,
} = namespaceFlags;

/** open(2). The addon adds O_CLOEXEC to every descriptor that it opens. */
export const openFlags = {
  O_WRONLY: 0o1,
  O_RDWR: 0o2,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_NOCTTY: 0o400,
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
  O_NONBLOCK: 0o4000,
  O_DIRECTORY: constants.O_DIRECTORY,
  O_NOFOLLOW: constants.O_NOFOLLOW,
  O_CLOEXEC: 0o2000000,
  O_PATH: 0o10000000,
} as const;
export const O_RDONLY = 0;
export const {
  O_WRONLY,
  O_RDWR,
  O_CREAT,
  O_EXCL,
  O_NOCTTY,
  O_TRUNC,
  O_APPEND,
  O_NONBLOCK,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_CLOEXEC,
  O_PATH,
} = openFlags;

/** setrlimit(2), asm-generic/resource.h. */
export const resourceLimits = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15,
} as const;
/** No limit. */
export const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;

/** prctl(2) PR_SET_SECUREBITS, linux/securebits.h. Each has a lock bit one to its left. */
export const securebits = {
  SECBIT_NOROOT: 1 << 0,
  SECBIT_NOROOT_LOCKED: 1 << 1,
  SECBIT_NO_SETUID_FIXUP: 1 << 2,
  SECBIT_NO_SETUID_FIXUP_LOCKED: 1 << 3,
  SECBIT_KEEP_CAPS: 1 << 4,
  SECBIT_KEEP_CAPS_LOCKED: 1 << 5,
  SECBIT_NO_CAP_AMBIENT_RAISE: 1 << 6,
  SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED: 1 << 7,
} as const;

/** netlink(7). */
export const NETLINK_ROUTE = 0;

/** SIOCETHTOOL commands that set one value, linux/ethtool.h. */
export const ethtoolCommands = {
  ETHTOOL_SRXCSUM: 0x15,
  ETHTOOL_STXCSUM: 0x17,
  ETHTOOL_SSG: 0x19,
  ETHTOOL_STSO: 0x1f,
  ETHTOOL_SUFO: 0x22,
  ETHTOOL_SGSO: 0x24,
  ETHTOOL_SGRO: 0x2c,
} as const;
export const {
  ETHTOOL_SRXCSUM,
  ETHTOOL_STXCSUM,
  ETHTOOL_SSG,
  ETHTOOL_STSO,
  ETHTOOL_SUFO,
  ETHTOOL_SGSO,
  ETHTOOL_SGRO,
} = ethtoolCommands;

export { capabilities, CAP_LAST_CAP, capabilityMask, type CapabilityName } from './capabilities.ts';
export * from './mount-attributes.ts';
export * from './process-constants.ts';
