#pragma once

#include <optional>

#include "system_error.h"

namespace firstborn {

// One reaped child. `status` is an exit code, or a signal when `signaled`.
struct ReapedChild {
  int pid;
  bool signaled;
  int status;
  bool core_dumped;
};

// waitpid(-1, WNOHANG); nothing when no child has ended or there is none.
auto reap_child() -> Result<std::optional<ReapedChild>>;

// pidfd_send_signal(2).
auto signal_pidfd(int pidfd, int signal) -> Result<void>;

}  // namespace firstborn
