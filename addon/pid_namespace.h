#pragma once

#include "system_error.h"
#include "unique_fd.h"

namespace firstborn {

// While it lives, children of the calling thread start in the pid namespace of another process. The thread
// itself stays where it is, and so do the children of other threads.
class PidNamespaceVisit {
 public:
  // setns(2) with CLONE_NEWPID. The way back is opened first, so that a failure changes nothing.
  static auto begin(int pidfd) -> Result<PidNamespaceVisit>;

  PidNamespaceVisit(PidNamespaceVisit&& other) noexcept = default;
  PidNamespaceVisit(const PidNamespaceVisit&) = delete;
  auto operator=(const PidNamespaceVisit&) -> PidNamespaceVisit& = delete;

  // Goes back. When that fails it says so on standard error and aborts: whatever this process started next
  // would be in the wrong namespace, out of its own sight, and no thread could be started any more.
  ~PidNamespaceVisit();

 private:
  explicit PidNamespaceVisit(UniqueFd itself) : itself_(std::move(itself)) {}

  // A pidfd of this process: no /proc is needed to find home.
  UniqueFd itself_;
};

}  // namespace firstborn
