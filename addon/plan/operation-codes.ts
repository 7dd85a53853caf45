/**
 * The operations of a plan. `plan_format.h` holds the same table for the interpreter; a unit test compares
 * the two.
 *
 * The signature names the type of each argument:
 *
 *     w  number of 32 bits                 s  string, no NUL inside
 *     n  number of 64 bits                 b  bytes
 *     i  signed number of 32 bits          v  list of strings
 *     f  file descriptor, 0 to 2^31 - 1    V  list of strings, at least one
 *     l  slot, 0 to 127                    g  list of numbers of 32 bits
 */
export const operations = {
  makeDirectory: { opcode: 1, signature: 'sw', syscall: 'mkdir' },
  makeDirectories: { opcode: 2, signature: 'sw', syscall: 'mkdir' },
  symlink: { opcode: 3, signature: 'ss', syscall: 'symlink' },
  remove: { opcode: 4, signature: 's', syscall: 'unlink' },
  removeDirectory: { opcode: 5, signature: 's', syscall: 'rmdir' },
  makeNode: { opcode: 6, signature: 'swww', syscall: 'mknod' },
  changeMode: { opcode: 7, signature: 'sw', syscall: 'chmod' },
  changeOwner: { opcode: 8, signature: 'sww', syscall: 'chown' },
  changeOwnerOfFd: { opcode: 9, signature: 'fww', syscall: 'fchown' },
  writeFile: { opcode: 10, signature: 'swwb', syscall: 'write' },
  mount: { opcode: 11, signature: 'sssws', syscall: 'mount' },
  unmount: { opcode: 12, signature: 'sw', syscall: 'umount2' },
  openTree: { opcode: 13, signature: 'lsw', syscall: 'open_tree' },
  moveMount: { opcode: 14, signature: 'ls', syscall: 'move_mount' },
  openPath: { opcode: 15, signature: 'lsww', syscall: 'open' },
  changeDirectory: { opcode: 16, signature: 's', syscall: 'chdir' },
  changeDirectoryToSlot: { opcode: 17, signature: 'l', syscall: 'fchdir' },
  changeRoot: { opcode: 18, signature: 's', syscall: 'chroot' },
  setHostname: { opcode: 19, signature: 's', syscall: 'sethostname' },
  setDomainname: { opcode: 20, signature: 's', syscall: 'setdomainname' },
  loadModule: { opcode: 21, signature: 'ss', syscall: 'finit_module' },
  netlink: { opcode: 22, signature: 'wb', syscall: 'netlink' },
  ethtool: { opcode: 23, signature: 'sww', syscall: 'ethtool' },
  duplicateFd: { opcode: 24, signature: 'ff', syscall: 'dup3' },
  duplicateSlot: { opcode: 25, signature: 'lf', syscall: 'dup3' },
  closeFds: { opcode: 26, signature: 'f', syscall: 'close_range' },
  newSession: { opcode: 27, signature: '', syscall: 'setsid' },
  setControllingTerminal: { opcode: 28, signature: 'f', syscall: 'TIOCSCTTY' },
  resetSignals: { opcode: 29, signature: '', syscall: 'sigaction' },
  setResourceLimit: { opcode: 30, signature: 'wnn', syscall: 'prlimit' },
  setGroups: { opcode: 31, signature: 'g', syscall: 'setgroups' },
  setGroupId: { opcode: 32, signature: 'w', syscall: 'setresgid' },
  setUserId: { opcode: 33, signature: 'w', syscall: 'setresuid' },
  setCapabilities: { opcode: 34, signature: 'nnn', syscall: 'capset' },
  dropBoundingCapability: { opcode: 35, signature: 'w', syscall: 'PR_CAPBSET_DROP' },
  raiseAmbientCapability: { opcode: 36, signature: 'w', syscall: 'PR_CAP_AMBIENT_RAISE' },
  clearAmbientCapabilities: { opcode: 37, signature: '', syscall: 'PR_CAP_AMBIENT_CLEAR_ALL' },
  setKeepCapabilities: { opcode: 38, signature: 'w', syscall: 'PR_SET_KEEPCAPS' },
  setNoNewPrivileges: { opcode: 39, signature: '', syscall: 'PR_SET_NO_NEW_PRIVS' },
  setSecurebits: { opcode: 40, signature: 'w', syscall: 'PR_SET_SECUREBITS' },
  setUmask: { opcode: 41, signature: 'w', syscall: 'umask' },
  unshare: { opcode: 42, signature: 'w', syscall: 'unshare' },
  setNamespace: { opcode: 43, signature: 'lw', syscall: 'setns' },
  checkWorkingDirectory: { opcode: 44, signature: '', syscall: 'getcwd' },
  sync: { opcode: 45, signature: '', syscall: 'sync' },
  execute: { opcode: 46, signature: 'VVv', syscall: 'execve' },
  signalProcess: { opcode: 47, signature: 'iw', syscall: 'kill' },
  joinNamespaces: { opcode: 48, signature: 'fw', syscall: 'setns' },
  freezeFilesystem: { opcode: 49, signature: 's', syscall: 'FIFREEZE' },
  thawFilesystem: { opcode: 50, signature: 's', syscall: 'FITHAW' },
  setDumpable: { opcode: 51, signature: 'w', syscall: 'PR_SET_DUMPABLE' },
  setSeccompFilter: { opcode: 52, signature: 'bw', syscall: 'seccomp' },
  setPersonality: { opcode: 53, signature: 'w', syscall: 'personality' },
  setScheduler: { opcode: 54, signature: 'b', syscall: 'sched_setattr' },
  setIoPriority: { opcode: 55, signature: 'w', syscall: 'ioprio_set' },
  setCpuAffinity: { opcode: 56, signature: 'b', syscall: 'sched_setaffinity' },
  setMountAttributes: { opcode: 57, signature: 'swnnn', syscall: 'mount_setattr' },
  pivotRoot: { opcode: 58, signature: 'ss', syscall: 'pivot_root' },
  attachDeviceProgram: { opcode: 59, signature: 'sb', syscall: 'bpf' },
  awaitParent: { opcode: 60, signature: 'w', syscall: 'awaitParent' },
  joinSessionKeyring: { opcode: 61, signature: 'sw', syscall: 'KEYCTL_JOIN_SESSION_KEYRING' },
  linkDisk: { opcode: 62, signature: 'ssw', syscall: 'linkDisk' },
} as const;
export type OperationName = keyof typeof operations;

/** Bits of the `writeFile` operation; open(2)'s own differ between architectures. */
export const writeFlags = { create: 1, truncate: 2, append: 4, noFollow: 8 } as const;
