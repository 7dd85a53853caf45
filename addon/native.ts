/**
 * The native contract: every function that the addon exports, and nothing else.
 *
 * All functions are synchronous and, unless their text says otherwise, never block. File descriptors are
 * plain integers; each function says who closes what. A failed system call throws a `NativeError`.
 */

/** What a failed system call throws: the same shape as Node's own system errors. */
export interface NativeError extends Error {
  /** The errno's name, e.g. `ENOENT`. */
  code: string;
  /** Positive errno value. */
  errno: number;
  /** The call, e.g. `openat2`. */
  syscall: string;
}

/** An operation of a plan that did not do what it says. */
export interface OperationFailure {
  /** Index of the operation in its plan, from 0. */
  operation: number;
  /** Positive errno value. */
  errno: number;
}

/** How a plan ended that ran in this process. `warnings` are failures that the plan said to go on after. */
export type PlanResult =
  | { state: 'done'; warnings: OperationFailure[] }
  | { state: 'failed'; failure: OperationFailure; warnings: OperationFailure[] };

export interface SpawnOptions {
  /** CLONE_NEW* flags for clone3(2). CLONE_PIDFD is always added. */
  namespaces: number;
  /** A cgroup2 directory to start in (CLONE_INTO_CGROUP), or -1. Stays the caller's. */
  cgroupFd: number;
  /**
   * A pidfd of a process whose pid namespace the child is to be in, or -1. Done around the clone
   * (setns(2) with CLONE_NEWPID acts on children only) and undone before spawn returns. Stays the caller's.
   */
  pidNamespaceFd?: number;
}

/** A pseudo-terminal. Three descriptors, CLOEXEC, each the caller's to close. */
export interface OpenedTerminal {
  /** The master, non-blocking, for reading what the terminal's user prints. */
  outputFd: number;
  /** A duplicate of the master, non-blocking, for writing what is typed: it can have a watch of its own. */
  inputFd: number;
  /** The other side, for the process. Blocking. Close it in this process once the child has it. */
  slaveFd: number;
}

export interface SpawnResult {
  pid: number;
  /** Readable once the process has ended. CLOEXEC. The caller closes it. */
  pidfd: number;
  /**
   * The parent's end of the handshake socket, CLOEXEC and non-blocking. The caller reads it to its end and
   * closes it, see `HandshakeReader` in `spawn.ts`. Closed while the child waits in `awaitParent`, it ends it.
   * It holds some 270 records: a child with more warnings waits until they are read.
   */
  handshakeFd: number;
}

/** A block device that the device mapper makes of one target. Lengths are in bytes of UTF-8. */
export interface MappedDeviceRequest {
  /** The device mapper's control node, usually /dev/mapper/control. */
  controlPath: string;
  /** 1 to 127 bytes, no slash. */
  name: string;
  /** At most 128 bytes; empty for none. */
  uuid: string;
  readonly: boolean;
  target: {
    /** E.g. `verity`: 1 to 15 bytes. The kernel asks for its module when it is not there. */
    type: string;
    /** Sectors of 512 bytes. */
    lengthSectors: number;
    /** What the target wants to know, at most 4095 bytes. */
    params: string;
  };
}

/** One reaped child. */
export type ReapedChild =
  | { state: 'exited'; pid: number; code: number }
  | { state: 'signaled'; pid: number; signal: number; coreDumped: boolean };

/** A readiness watch on one descriptor. */
export interface FdWatch {
  /** Changes what is watched; 0 pauses. */
  update(events: number): void;
  /** Ends the watch. The descriptor stays open and the caller's. Must be called before it is closed. */
  close(): void;
}

/** Bits for `watchFd`. `hangup` and errors are reported as `readable | hangup`, so that a read meets them. */
export const fdEvents = { readable: 1, writable: 2, hangup: 4 } as const;

export interface Native {
  /**
   * Runs a plan in this process. Blocks for as long as its operations do. Throws RangeError when the bytes
   * are no valid plan; then nothing has run.
   */
  runPlan(plan: Uint8Array): PlanResult;

  /**
   * As `runPlan`. Each operation that is run leaves in `endTimesMs` when it was over: milliseconds of CLOCK_MONOTONIC,
   * the clock of process.hrtime. Throws RangeError, and runs nothing, when that has no room for all of them.
   */
  runTimedPlan(plan: Uint8Array, endTimesMs: Float64Array): PlanResult;

  /**
   * Starts a child through clone3(2) that runs `plan`, which normally ends in execve. Returns as soon as the
   * child exists. A plan that ends without execve makes the child exit with 0. Throws RangeError for an
   * invalid plan, NativeError when clone3 or the socket fails; then no child exists.
   */
  spawn(plan: Uint8Array, options: SpawnOptions): SpawnResult;

  /**
   * Lets the child of this handshake go on from `awaitParent`. To be called once for each `waiting` that a
   * `HandshakeReader` has met. EPIPE when the child has ended.
   */
  continueChild(handshakeFd: number): void;

  /** waitpid(-1, WNOHANG): one ended child, or null when none is waiting. The one place that reaps. */
  reapChild(): ReapedChild | null;

  /** pidfd_send_signal(2). ESRCH once the process has been reaped. */
  signalPidfd(pidfd: number, signal: number): void;

  /**
   * openat2(2) with RESOLVE_IN_ROOT (and RESOLVE_NO_MAGICLINKS): opens `path` as a process chrooted to
   * `root` would, symlinks included. O_CLOEXEC is added. The caller closes the descriptor.
   */
  openInRoot(root: string, path: string, flags: number, mode: number): number;

  /** pipe2(O_CLOEXEC). The caller closes both ends. */
  makePipe(): { readFd: number; writeFd: number };

  /** Sets or clears O_NONBLOCK. */
  setNonblocking(fd: number, nonblocking: boolean): void;

  /** Grows a pipe's buffer (F_SETPIPE_SZ); the kernel rounds up. */
  setPipeSize(fd: number, lengthBytes: number): void;

  /**
   * read(2) on a non-blocking descriptor: bytes read, 0 at the end, -1 when it would block. A socket whose other
   * side has left bytes unread (ECONNRESET) has ended.
   */
  readSome(fd: number, buffer: Uint8Array): number;

  /**
   * BLOCKS the event loop until `fd` has something to read, or has come to its end, for `timeoutMs` (at most 1000) at
   * the longest. Gives false when the time is over (ppoll(2)).
   */
  awaitReadable(fd: number, timeoutMs: number): boolean;

  /** The same for room to write. */
  awaitWritable(fd: number, timeoutMs: number): boolean;

  /** write(2) on a non-blocking descriptor: bytes written, -1 when it would block. SIGPIPE never comes. */
  writeSome(fd: number, bytes: Uint8Array): number;

  /**
   * Calls `callback` with `fdEvents` bits from the event loop whenever `fd` is ready (level-triggered).
   * Keeps the loop alive. One watch per descriptor; regular files throw EPERM.
   */
  watchFd(fd: number, events: number, callback: (events: number) => void): FdWatch;

  /**
   * Opens a new pseudo-terminal on the devpts instance whose ptmx is at `ptmxPath`, unlocks it and opens its
   * other side through TIOCGPTPEER, so that no path of a container is looked up (ioctl_tty(2)). A read of
   * `outputFd` fails with EIO once nobody has the slave open.
   */
  openTerminal(ptmxPath: string): OpenedTerminal;

  /** TIOCSWINSZ on either side of a terminal; its foreground process group gets SIGWINCH when it changes. */
  setTerminalSize(fd: number, rows: number, columns: number): void;

  /** Puts a tty into raw mode (cfmakeraw, VMIN 1), for a console that carries the channel. */
  setRawMode(fd: number): void;

  /**
   * Opens a kobject uevent socket (netlink(7), NETLINK_KOBJECT_UEVENT, group 1), non-blocking and CLOEXEC.
   * `readSome` gives one message at a time: `action@path`, NUL, then `KEY=value` words with NULs between. A
   * read fails with ENOBUFS when messages were lost. The caller closes it.
   */
  openUeventSocket(): number;

  /**
   * Makes a mapped block device and lets it begin to work: DM_DEV_CREATE, DM_TABLE_LOAD, DM_DEV_SUSPEND without its
   * flag, which means resume. When one of them fails there is no device; `syscall` names it. Makes no device node.
   * Blocks while the target opens what it maps. EBUSY when the name or the uuid is taken.
   */
  createMappedDevice(request: MappedDeviceRequest): { major: number; minor: number };

  /** DM_DEV_REMOVE. EBUSY while the device is open or mounted, ENXIO when there is none of that name. */
  removeMappedDevice(controlPath: string, name: string): void;

  /**
   * DM_TABLE_STATUS: the target's own words, for verity `V` (all that was read was right) or `C` (corruption was
   * met). Empty for a device without a table, ENXIO when there is none of that name.
   */
  mappedDeviceStatus(controlPath: string, name: string): string;

  /** Steps the real-time clock by so many milliseconds, fractions included (clock_settime(2)). */
  stepClock(stepMs: number): void;

  /** Mixes `bytes` into the kernel's pool, credits all their bits and reseeds (random(4)). */
  addEntropy(bytes: Uint8Array): void;

  /** LINUX_REBOOT_CMD_CAD_OFF: Ctrl-Alt-Del becomes SIGINT to PID 1 (reboot(2)). */
  disableControlAltDelete(): void;

  /** poweroff, restart or halt through reboot(2). Does not sync. Returns only by throwing. */
  reboot(how: 'poweroff' | 'restart' | 'halt'): void;

  /**
   * For PID 1: from now on a fatal signal in this process (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP,
   * SIGSYS) writes one line to `consoleFd` and powers the machine off instead of panicking the kernel.
   */
  installLastResort(consoleFd: number): void;
}
