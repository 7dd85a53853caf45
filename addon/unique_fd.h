#pragma once

#include <utility>

#include "raw_syscall.h"

namespace firstborn {

// Owns a descriptor and closes it. -1 is none.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(long fd) : fd_(fd < 0 ? -1 : static_cast<int>(fd)) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  auto operator=(UniqueFd&& other) noexcept -> UniqueFd& {
    reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  auto operator=(const UniqueFd&) -> UniqueFd& = delete;
  ~UniqueFd() { reset(-1); }

  [[nodiscard]] auto get() const -> int { return fd_; }
  [[nodiscard]] auto release() -> int { return std::exchange(fd_, -1); }
  // Linux frees the number even when close(2) reports an error, so there is nothing to retry.
  void reset(int fd) {
    const int old = std::exchange(fd_, fd);
    if (old >= 0) raw_syscall(SYS_close, old);
  }

 private:
  int fd_ = -1;
};

}  // namespace firstborn
