import { bpfInstructionBytes, checkBytes } from './check-bytes.ts';
import { FileOperations } from './file-operations.ts';
import { maxDeviceInstructions, maxDiskWaitMs } from './limits.ts';
import type { Tolerance } from './plan-base.ts';

/** What `mount` mounts. Left out: source "none", no type, no flags, no data. */
export interface MountRequest {
  source?: string;
  target: string;
  type?: string;
  /** MS_* flags. */
  flags?: number;
  /** Options of the filesystem itself, comma-separated. */
  data?: string;
}

/** Operations on mounts, filesystems, names, modules and network: what belongs to the machine or to a namespace. */
export class SystemOperations extends FileOperations {
  /** mount(2). An empty `type` or `data` is handed to the kernel as NULL. */
  mount(request: MountRequest, tolerance?: Tolerance): this {
    const { source = 'none', target, type = '', flags = 0, data = '' } = request;
    return this.append('mount', [source, target, type, flags, data], tolerance);
  }

  /** umount2(2). */
  unmount(target: string, flags = 0, tolerance?: Tolerance): this {
    return this.append('unmount', [target, flags], tolerance);
  }

  /** open_tree(2) into a slot. With OPEN_TREE_CLONE the slot holds a detached copy of the mount. */
  openTree(slot: number, path: string, flags: number, tolerance?: Tolerance): this {
    return this.append('openTree', [slot, path, flags], tolerance);
  }

  /** move_mount(2): attaches the mount in a slot at `target`, whose last symbolic link is followed. */
  moveMount(slot: number, target: string, tolerance?: Tolerance): this {
    return this.append('moveMount', [slot, target], tolerance);
  }

  /**
   * mount_setattr(2) on the mount at `path`; `atFlags` is AT_RECURSIVE for all mounts below it too,
   * AT_SYMLINK_NOFOLLOW, or both. EINVAL when `path` is no mount point. All or nothing.
   */
  setMountAttributes(
    path: string,
    atFlags: number,
    set: number,
    clear: number,
    propagation: number,
    tolerance?: Tolerance,
  ): this {
    return this.append('setMountAttributes', [path, atFlags, set, clear, propagation], tolerance);
  }

  /**
   * pivot_root(2): the mount at `newRoot` becomes the root of the mount namespace and the old root is put at
   * `putOld` below it. "." twice, after `changeDirectory(newRoot)`, stacks the old root on the new one, where
   * `unmount('.', MNT_DETACH)` takes it away. EINVAL in an initramfs, whose root is no mount to be moved.
   */
  pivotRoot(newRoot: string, putOld: string, tolerance?: Tolerance): this {
    return this.append('pivotRoot', [newRoot, putOld], tolerance);
  }

  /**
   * Loads `program`, an array of struct bpf_insn of at most 65,536 instructions, as BPF_PROG_TYPE_CGROUP_DEVICE
   * and attaches it to the cgroup2 directory at `cgroupPath` (bpf(2), BPF_F_ALLOW_MULTI): a device can be opened
   * when every program of the cgroup and of those above returns 1. It stays until the cgroup is removed. EINVAL
   * or EACCES when the kernel's verifier refuses the program, EBADF when the directory is no cgroup2.
   */
  attachDeviceProgram(cgroupPath: string, program: Uint8Array, tolerance?: Tolerance): this {
    checkBytes(program, {
      what: 'a device program',
      leastBytes: bpfInstructionBytes,
      mostBytes: maxDeviceInstructions * bpfInstructionBytes,
      unitBytes: bpfInstructionBytes,
    });
    return this.append('attachDeviceProgram', [cgroupPath, program], tolerance);
  }

  /** sethostname(2), for the UTS namespace of the process. At most 64 bytes. */
  setHostname(name: string, tolerance?: Tolerance): this {
    return this.append('setHostname', [name], tolerance);
  }

  /** setdomainname(2): the NIS domain, not DNS's. At most 64 bytes. */
  setDomainname(name: string, tolerance?: Tolerance): this {
    return this.append('setDomainname', [name], tolerance);
  }

  /** finit_module(2) with an uncompressed module file. EEXIST means that it is loaded already. */
  loadModule(path: string, parameters = '', tolerance?: Tolerance): this {
    return this.append('loadModule', [path, parameters], tolerance);
  }

  /**
   * Waits until there is a disk whose driver tells `serial` (/sys/block/NAME/serial) and that can be opened, and makes
   * `path` a symbolic link to it. Needs sysfs at /sys and devtmpfs at /dev. Blocks for at most `deadlineMs`, which is at
   * most a minute; ENODEV when there is no such disk by then.
   */
  linkDisk(serial: string, path: string, deadlineMs: number, tolerance?: Tolerance): this {
    if (!(deadlineMs >= 0 && deadlineMs <= maxDiskWaitMs)) {
      throw new RangeError(`Cannot wait ${deadlineMs} ms for a disk, expected 0 to ${maxDiskWaitMs}`);
    }
    return this.append('linkDisk', [serial, path, deadlineMs], tolerance);
  }

  /**
   * Sends one netlink message that asks for an acknowledgement (see `rtnetlink.ts`) and waits for it, five
   * seconds at most (ETIMEDOUT). The errno is the kernel's answer.
   */
  netlink(protocol: number, message: Uint8Array, tolerance?: Tolerance): this {
    return this.append('netlink', [protocol, message], tolerance);
  }

  /** Sets one ethtool value of a network interface: `ethtool('eth0', ETHTOOL_STSO, 0)`. */
  ethtool(interfaceName: string, command: number, value: number, tolerance?: Tolerance): this {
    return this.append('ethtool', [interfaceName, command, value], tolerance);
  }

  /** unshare(2) with CLONE_NEW* flags. */
  unshare(namespaces: number, tolerance?: Tolerance): this {
    return this.append('unshare', [namespaces], tolerance);
  }

  /**
   * setns(2) into the namespace in a slot, opened by `openPath` from /proc/PID/ns or wherever it is bound to; `type`
   * is its CLONE_NEW* flag, or 0 for any. Into a user namespace it is refused in a process with threads, as is a
   * time namespace. A new time namespace takes its offsets before anybody is in it: `unshare(CLONE_NEWTIME)`,
   * write /proc/self/timens_offsets, then enter /proc/self/ns/time_for_children (time_namespaces(7)).
   */
  setNamespace(slot: number, type: number, tolerance?: Tolerance): this {
    return this.append('setNamespace', [slot, type], tolerance);
  }

  /**
   * setns(2) into namespaces of the process behind a pidfd, which stays open: those that the CLONE_NEW* flags
   * name, all or none. With CLONE_NEWNS the root and the working directory become the root of that mount
   * namespace, which is not always the root of that process. CLONE_NEWPID is about children only; see
   * `pidNamespaceFd` of `native.spawn`. ESRCH once the process has ended. CLONE_NEWNS and CLONE_NEWUSER are
   * refused in a process with threads, so this is for `spawn`.
   */
  joinNamespaces(pidfd: number, namespaces: number, tolerance?: Tolerance): this {
    return this.append('joinNamespaces', [pidfd, namespaces], tolerance);
  }

  /**
   * FIFREEZE (ioctl_fifreeze): writes everything out and makes every writer wait until `thawFilesystem`.
   * `path` is a directory or file on the filesystem. Blocks until all is written. EBUSY when it is frozen
   * already, EOPNOTSUPP for one that cannot be, such as tmpfs, squashfs or overlayfs.
   */
  freezeFilesystem(path: string, tolerance?: Tolerance): this {
    return this.append('freezeFilesystem', [path], tolerance);
  }

  /** FITHAW: ends `freezeFilesystem`. EINVAL when the filesystem is not frozen. */
  thawFilesystem(path: string, tolerance?: Tolerance): this {
    return this.append('thawFilesystem', [path], tolerance);
  }
}
