// Operations on descriptors, session, signals and limits. SAFETY: raw system calls and the stack, nothing else.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include "../signals.h"
#include "operations.h"

namespace firstborn::operations {

auto duplicate_fd(Machine& machine, const Argument* arguments) -> int {
  const int from = arguments[0].as_fd();
  const int to = arguments[1].as_fd();
  // dup3 refuses equal numbers, but the wish is clear: the program shall see this descriptor.
  if (from == to) return error_of(raw_syscall(SYS_fcntl, from, F_SETFD, 0));
  if (const int error = machine.make_room(to)) return error;
  return error_of(raw_syscall(SYS_dup3, from, to, 0));
}

auto duplicate_slot(Machine& machine, const Argument* arguments) -> int {
  const int to = arguments[1].as_fd();
  int& slot = machine.slots[arguments[0].number];
  if (slot < 0) return EBADF;
  if (const int error = machine.make_room(to)) return error;
  return error_of(raw_syscall(SYS_dup3, slot, to, 0));  // make_room may have moved the slot
}

auto close_fds(Machine& machine, const Argument* arguments) -> int {
  if (machine.observer.descriptor == nullptr) return EPERM;
  // From one descriptor that stays to the next, in ascending order: there are few.
  uint32_t first = arguments[0].as_u32();
  for (;;) {
    const uint32_t kept = machine.next_kept_descriptor(first);
    if (kept > first) {
      const long closed = raw_syscall(SYS_close_range, first, kept == UINT32_MAX ? kept : kept - 1, 0);
      if (closed < 0) return error_of(closed);
    }
    if (kept == UINT32_MAX) return 0;
    first = kept + 1;
  }
}

auto new_session(Machine&, const Argument*) -> int { return error_of(raw_syscall(SYS_setsid)); }

auto set_controlling_terminal(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_ioctl, arguments[0].as_fd(), TIOCSCTTY, 0));
}

auto reset_signals(Machine&, const Argument*) -> int {
  reset_all_signals();
  return 0;
}

auto set_resource_limit(Machine&, const Argument* arguments) -> int {
  const rlimit64 limit{arguments[1].number, arguments[2].number};
  return error_of(raw_syscall(SYS_prlimit64, 0, arguments[0].as_u32(), &limit, nullptr));
}

auto set_umask(Machine&, const Argument* arguments) -> int {
  raw_syscall(SYS_umask, arguments[0].as_u32());
  return 0;
}

auto await_parent(Machine& machine, const Argument* arguments) -> int {
  machine.execution_announced = false;
  return machine.observer.wait(machine.observer.context, machine.operation, arguments[0].as_u32());
}

auto signal_process(Machine&, const Argument* arguments) -> int {
  return error_of(
      raw_syscall(SYS_kill, static_cast<int64_t>(arguments[0].number), arguments[1].as_u32()));
}

}  // namespace firstborn::operations
