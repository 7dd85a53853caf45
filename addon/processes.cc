#include "processes.h"

#include <sys/wait.h>

namespace firstborn {

auto reap_child() -> Result<std::optional<ReapedChild>> {
  int status = 0;
  const long pid = raw_syscall(SYS_wait4, -1, &status, WNOHANG, nullptr);
  if (pid == 0 || pid == -ECHILD) return std::nullopt;
  if (pid < 0) return std::unexpected(SystemError{"wait4", error_of(pid)});
  if (WIFSIGNALED(status)) {
    return ReapedChild{static_cast<int>(pid), true, WTERMSIG(status), WCOREDUMP(status) != 0};
  }
  return ReapedChild{static_cast<int>(pid), false, WEXITSTATUS(status), false};
}

auto signal_pidfd(int pidfd, int signal) -> Result<void> {
  return checked_void("pidfd_send_signal", raw_syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
}

}  // namespace firstborn
