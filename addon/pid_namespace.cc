#include "pid_namespace.h"

#include <sched.h>
#include <stdlib.h>

#include <string_view>

namespace firstborn {

namespace {

[[noreturn]] void abort_abroad() {
  constexpr std::string_view line = "firstborn: cannot return from a container's pid namespace, aborting\n";
  raw_syscall(SYS_write, STDERR_FILENO, line.data(), line.size());
  abort();
}

}  // namespace

auto PidNamespaceVisit::begin(int pidfd) -> Result<PidNamespaceVisit> {
  const long opened = raw_syscall(SYS_pidfd_open, raw_syscall(SYS_getpid), 0);
  if (opened < 0) return std::unexpected(SystemError{"pidfd_open", error_of(opened)});
  UniqueFd itself(opened);
  if (const long entered = raw_syscall(SYS_setns, pidfd, CLONE_NEWPID); entered < 0) {
    return std::unexpected(SystemError{"setns", error_of(entered)});
  }
  return PidNamespaceVisit(std::move(itself));
}

PidNamespaceVisit::~PidNamespaceVisit() {
  if (itself_.get() < 0) return;  // moved from
  if (raw_syscall(SYS_setns, itself_.get(), CLONE_NEWPID) < 0) abort_abroad();
}

}  // namespace firstborn
