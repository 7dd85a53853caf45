// System calls without what glibc adds to some of them: its setuid family signals every thread, its
// sigaction refuses two signals, its getcwd has a fallback of its own.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <type_traits>

#ifdef FIRSTBORN_NO_LIBC
#include "bare_syscall.h"
#endif

namespace firstborn {

#ifdef FIRSTBORN_FAKE_KERNEL
// The build that is fuzzed (test/fuzz) has a kernel of its own: whole plans run and the machine stays as it
// is. Takes six arguments, those that are missing being zero. Returns what the kernel would: an errno value
// negated.
auto fake_kernel_call(long number, const long (&arguments)[6]) -> long;
#endif

#ifdef FIRSTBORN_NO_LIBC
// The first stage (first-stage/) is linked with nothing.
template <typename... Arguments>
auto bare_syscall_of(long number, Arguments... arguments) -> long {
  const long all[6]{arguments...};
  return bare_syscall(number, all[0], all[1], all[2], all[3], all[4], all[5]);
}
#endif

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
#ifdef FIRSTBORN_FAKE_KERNEL
  return fake_kernel_call(number, {syscall_argument(arguments)...});
#elif defined(FIRSTBORN_NO_LIBC)
  return bare_syscall_of(number, syscall_argument(arguments)...);
#else
  const long result = ::syscall(number, syscall_argument(arguments)...);
  return result == -1 ? -static_cast<long>(errno) : result;
#endif
}

// 0 for a result that is none, else the positive errno value.
constexpr auto error_of(long result) -> int { return result < 0 ? static_cast<int>(-result) : 0; }

}  // namespace firstborn
