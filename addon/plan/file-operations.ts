import { writeFlags } from './operation-codes.ts';
import { PlanBase, type Tolerance } from './plan-base.ts';

/** How `writeFile` opens its file. */
export interface WriteFileOptions {
  /** Permission bits of a file that this call creates, whatever the umask. Default 0o644. */
  mode?: number;
  /** Create the file when it is missing. */
  create?: boolean;
  /** Empty the file first. */
  truncate?: boolean;
  /** Write at the end. */
  append?: boolean;
  /** Refuse a symbolic link as the last part of the path (ELOOP). */
  noFollow?: boolean;
}

const nodeTypes = { char: 0o020000, block: 0o060000, fifo: 0o010000 } as const;

/** Operations on paths. Modes are exact: the umask takes nothing away from them. */
export class FileOperations extends PlanBase {
  /** mkdir(2). */
  makeDirectory(path: string, mode: number, tolerance?: Tolerance): this {
    return this.append('makeDirectory', [path, mode], tolerance);
  }

  /** `mkdir -p`: makes what is missing with `mode`, leaves existing directories alone. EEXIST for a file. */
  makeDirectories(path: string, mode: number, tolerance?: Tolerance): this {
    return this.append('makeDirectories', [path, mode], tolerance);
  }

  /** symlink(2): makes `path` point to `target`. */
  symlink(target: string, path: string, tolerance?: Tolerance): this {
    return this.append('symlink', [target, path], tolerance);
  }

  /** unlink(2). */
  remove(path: string, tolerance?: Tolerance): this {
    return this.append('remove', [path], tolerance);
  }

  /** rmdir(2). */
  removeDirectory(path: string, tolerance?: Tolerance): this {
    return this.append('removeDirectory', [path], tolerance);
  }

  /** mknod(2). `mode` holds the permission bits; numbers are those of a device, 0 for a FIFO. */
  makeNode(
    path: string,
    type: keyof typeof nodeTypes,
    mode: number,
    major: number,
    minor: number,
    tolerance?: Tolerance,
  ): this {
    return this.append('makeNode', [path, nodeTypes[type] | mode, major, minor], tolerance);
  }

  /** chmod(2); follows symbolic links. */
  changeMode(path: string, mode: number, tolerance?: Tolerance): this {
    return this.append('changeMode', [path, mode], tolerance);
  }

  /** chown(2); follows symbolic links. 0xffffffff leaves an id as it is. */
  changeOwner(path: string, uid: number, gid: number, tolerance?: Tolerance): this {
    return this.append('changeOwner', [path, uid, gid], tolerance);
  }

  /** fchown(2) on a descriptor of the process. */
  changeOwnerOfFd(fd: number, uid: number, gid: number, tolerance?: Tolerance): this {
    return this.append('changeOwnerOfFd', [fd, uid, gid], tolerance);
  }

  /**
   * Opens a file and writes all of `content` in one write(2), as cgroup and proc files want it. A short write
   * is EIO. A FIFO without a reader is ENXIO: opening never blocks.
   */
  writeFile(
    path: string,
    content: string | Uint8Array,
    options: WriteFileOptions = {},
    tolerance?: Tolerance,
  ): this {
    const { mode = 0o644, create, truncate, append, noFollow } = options;
    const flags =
      (create === true ? writeFlags.create : 0) |
      (truncate === true ? writeFlags.truncate : 0) |
      (append === true ? writeFlags.append : 0) |
      (noFollow === true ? writeFlags.noFollow : 0);
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    return this.append('writeFile', [path, flags, mode, bytes], tolerance);
  }

  /** open(2) into a slot, O_CLOEXEC added. `flags` are the O_* constants; the umask applies to `mode`. */
  openPath(slot: number, path: string, flags: number, mode = 0, tolerance?: Tolerance): this {
    return this.append('openPath', [slot, path, flags, mode], tolerance);
  }

  /** chdir(2). */
  changeDirectory(path: string, tolerance?: Tolerance): this {
    return this.append('changeDirectory', [path], tolerance);
  }

  /** fchdir(2) to a directory that `openPath` or `openTree` put into a slot. */
  changeDirectoryToSlot(slot: number, tolerance?: Tolerance): this {
    return this.append('changeDirectoryToSlot', [slot], tolerance);
  }

  /** chroot(2). Does not change the working directory: follow it with `changeDirectory('/')`. */
  changeRoot(path: string, tolerance?: Tolerance): this {
    return this.append('changeRoot', [path], tolerance);
  }

  /**
   * Fails with ENOENT when the working directory is not inside the root, so that no descriptor leaked from
   * outside can become a way out (CVE-2024-21626).
   */
  checkWorkingDirectory(tolerance?: Tolerance): this {
    return this.append('checkWorkingDirectory', [], tolerance);
  }

  /** sync(2). Blocks until every filesystem has written its data. */
  sync(tolerance?: Tolerance): this {
    return this.append('sync', [], tolerance);
  }
}
