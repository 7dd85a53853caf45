#pragma once

#include <expected>

#include "raw_syscall.h"

namespace firstborn {

// A failed system call: its name and the positive errno value.
struct SystemError {
  const char* syscall;
  int error;
};

template <typename T>
using Result = std::expected<T, SystemError>;

// Turns the result of raw_syscall into a Result.
template <typename T = int>
auto checked(const char* syscall, long result) -> Result<T> {
  if (result < 0) return std::unexpected(SystemError{syscall, error_of(result)});
  return static_cast<T>(result);
}

// The same for calls whose result says nothing.
inline auto checked_void(const char* syscall, long result) -> Result<void> {
  if (result < 0) return std::unexpected(SystemError{syscall, error_of(result)});
  return {};
}

}  // namespace firstborn
