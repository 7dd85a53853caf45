// System calls without what glibc adds to some of them: its setuid family signals every thread, its
// sigaction refuses two signals, its getcwd has a fallback of its own.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <type_traits>

namespace firstborn {

template <typename T>
auto syscall_argument(T value) -> long {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<long>(value);
  } else if constexpr (std::is_null_pointer_v<T>) {
    return 0;
  } else {
    return static_cast<long>(value);
  }
}

// The call's result, or the errno value negated. SYS_* numbers are the architecture's own; only calls that
// every architecture has are used (mkdirat, not mkdir).
template <typename... Arguments>
auto raw_syscall(long number, Arguments... arguments) -> long {
  const long result = ::syscall(number, syscall_argument(arguments)...);
  return result == -1 ? -static_cast<long>(errno) : result;
}

// 0 for a result that is none, else the positive errno value.
constexpr auto error_of(long result) -> int { return result < 0 ? static_cast<int>(-result) : 0; }

}  // namespace firstborn
