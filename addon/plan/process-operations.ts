import { bpfInstructionBytes, checkBytes } from './check-bytes.ts';
import { maxSeccompInstructions } from './limits.ts';
import type { Tolerance } from './plan-base.ts';
import { SchedulingOperations } from './scheduling-operations.ts';

/** The three sets of capset(2), one bit per capability. See `capabilityMask`. */
export interface CapabilitySets {
  effective: bigint;
  permitted: bigint;
  inheritable: bigint;
}

/**
 * Operations on the calling process: descriptors, session, limits, identity, and the end, `execute`.
 * Credentials are per thread in Linux, and these calls change only the calling one: use them in a plan for
 * `spawn`, whose child has one thread.
 */
export class ProcessOperations extends SchedulingOperations {
  /**
   * dup3(2) without CLOEXEC. The same number twice clears CLOEXEC of that descriptor; that is also how a program
   * gets this process's own standard streams, which Node marks CLOEXEC.
   */
  duplicateFd(from: number, to: number, tolerance?: Tolerance): this {
    return this.append('duplicateFd', [from, to], tolerance);
  }

  /** dup3(2) of the descriptor in a slot, without CLOEXEC. */
  duplicateSlot(slot: number, to: number, tolerance?: Tolerance): this {
    return this.append('duplicateSlot', [slot, to], tolerance);
  }

  /**
   * close_range(2): closes every descriptor from `first` on, but those in slots and what reports to the parent, which
   * a program does not get either. For spawned children: `runPlan` would close Node's own, so there it is EPERM.
   */
  closeFds(first: number, tolerance?: Tolerance): this {
    return this.append('closeFds', [first], tolerance);
  }

  /** setsid(2). */
  newSession(tolerance?: Tolerance): this {
    return this.append('newSession', [], tolerance);
  }

  /** Makes the terminal `fd` the session's controlling one (TIOCSCTTY). */
  setControllingTerminal(fd: number, tolerance?: Tolerance): this {
    return this.append('setControllingTerminal', [fd], tolerance);
  }

  /**
   * Default disposition for every signal, ignored ones too, and an empty mask. A spawned child starts so; in
   * `runPlan` it would take Node's own handlers away.
   */
  resetSignals(tolerance?: Tolerance): this {
    return this.append('resetSignals', [], tolerance);
  }

  /** prlimit(2) on the process itself. RLIM_INFINITY lifts a limit. */
  setResourceLimit(
    resource: number,
    soft: number | bigint,
    hard: number | bigint,
    tolerance?: Tolerance,
  ): this {
    return this.append('setResourceLimit', [resource, soft, hard], tolerance);
  }

  /** setgroups(2). An empty list drops all supplementary groups. */
  setGroups(gids: readonly number[], tolerance?: Tolerance): this {
    return this.append('setGroups', [gids], tolerance);
  }

  /** setresgid(2), all three ids. */
  setGroupId(gid: number, tolerance?: Tolerance): this {
    return this.append('setGroupId', [gid], tolerance);
  }

  /** setresuid(2), all three ids. */
  setUserId(uid: number, tolerance?: Tolerance): this {
    return this.append('setUserId', [uid], tolerance);
  }

  /** capset(2). */
  setCapabilities(sets: CapabilitySets, tolerance?: Tolerance): this {
    return this.append('setCapabilities', [sets.effective, sets.permitted, sets.inheritable], tolerance);
  }

  /** PR_CAPBSET_DROP. EINVAL for a capability that the kernel does not know. */
  dropBoundingCapability(capability: number, tolerance?: Tolerance): this {
    return this.append('dropBoundingCapability', [capability], tolerance);
  }

  /** PR_CAP_AMBIENT_RAISE: the capability must be permitted and inheritable. */
  raiseAmbientCapability(capability: number, tolerance?: Tolerance): this {
    return this.append('raiseAmbientCapability', [capability], tolerance);
  }

  /** PR_CAP_AMBIENT_CLEAR_ALL. */
  clearAmbientCapabilities(tolerance?: Tolerance): this {
    return this.append('clearAmbientCapabilities', [], tolerance);
  }

  /** PR_SET_KEEPCAPS: permitted capabilities survive the next change to a user other than root. */
  setKeepCapabilities(keep: boolean, tolerance?: Tolerance): this {
    return this.append('setKeepCapabilities', [keep ? 1 : 0], tolerance);
  }

  /** PR_SET_NO_NEW_PRIVS. Cannot be undone. */
  setNoNewPrivileges(tolerance?: Tolerance): this {
    return this.append('setNoNewPrivileges', [], tolerance);
  }

  /**
   * seccomp(2) SECCOMP_SET_MODE_FILTER with `program`, an array of struct sock_filter of at most 4096
   * instructions, and SECCOMP_FILTER_FLAG_* flags; NEW_LISTENER is EINVAL. EACCES without CAP_SYS_ADMIN and
   * without `setNoNewPrivileges`. The filter holds for the rest of the plan, too, which may not be able to
   * report any more: from here on a child that ends without a word counts as one that has executed.
   */
  setSeccompFilter(program: Uint8Array, flags = 0, tolerance?: Tolerance): this {
    checkBytes(program, {
      what: 'a seccomp filter',
      leastBytes: bpfInstructionBytes,
      mostBytes: maxSeccompInstructions * bpfInstructionBytes,
      unitBytes: bpfInstructionBytes,
    });
    return this.append('setSeccompFilter', [program, flags], tolerance);
  }

  /**
   * PR_SET_DUMPABLE, until execve sets it anew. A process that isn't dumpable can neither be traced nor looked into
   * through /proc by one with the same privileges (ptrace(2), "Ptrace access mode checking").
   */
  setDumpable(dumpable: boolean, tolerance?: Tolerance): this {
    return this.append('setDumpable', [dumpable ? 1 : 0], tolerance);
  }

  /**
   * keyctl(2) KEYCTL_JOIN_SESSION_KEYRING, then KEYCTL_SETPERM: from now on the process has the session keyring of this
   * name, which is made unless there is one that its user may search. ENOSYS on a kernel without keys, EACCES for a
   * keyring of somebody else.
   */
  joinSessionKeyring(name: string, permissions: number, tolerance?: Tolerance): this {
    return this.append('joinSessionKeyring', [name, permissions], tolerance);
  }

  /** PR_SET_SECUREBITS. */
  setSecurebits(bits: number, tolerance?: Tolerance): this {
    return this.append('setSecurebits', [bits], tolerance);
  }

  /** umask(2). */
  setUmask(mask: number, tolerance?: Tolerance): this {
    return this.append('setUmask', [mask], tolerance);
  }

  /** kill(2); a negative pid is a process group. */
  signalProcess(pid: number, signal: number, tolerance?: Tolerance): this {
    return this.append('signalProcess', [pid, signal], tolerance);
  }

  /**
   * Tells the parent that the plan has come to `stage`, a number of the plan's choice, and waits until the parent
   * lets it go on (`native.continueChild`). When the parent ends or closes the handshake, the child exits with
   * 125. A tolerance has nothing to act on. For `spawn`: in `runPlan` there is nobody to wait for, ENOTSUP.
   */
  awaitParent(stage: number, tolerance?: Tolerance): this {
    return this.append('awaitParent', [stage], tolerance);
  }

  /**
   * execve(2) on each candidate in turn, as execvp(3) does: ENOENT and ENOTDIR try the next, EACCES too but
   * is remembered; anything else is the result. When none is left: EACCES if it was met, else ENOENT. On
   * success the plan ends here. Lists hold at most 4096 strings; `argv` holds at least one.
   */
  execute(
    candidates: readonly string[],
    argv: readonly string[],
    env: readonly string[],
    tolerance?: Tolerance,
  ): this {
    return this.append('execute', [candidates, argv, env], tolerance);
  }
}
