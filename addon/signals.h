// The whole signal state of a thread or process, through raw system calls: glibc keeps two signals to itself
// and hides them from sigaction and sigprocmask.
#pragma once

#include <signal.h>

#include <cstdint>

#include "raw_syscall.h"

namespace firstborn {

constexpr int kernel_signal_count = 64;
constexpr size_t kernel_mask_bytes = kernel_signal_count / 8;

// Sets the mask of the calling thread and returns the one before.
inline auto exchange_signal_mask(uint64_t mask) -> uint64_t {
  uint64_t before = 0;
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &before, kernel_mask_bytes);
  return before;
}

constexpr uint64_t every_signal = ~uint64_t{0};

// Default disposition for every signal, ignored ones included, then an empty mask. execve keeps ignored signals
// ignored and Node ignores SIGPIPE, so a program started without this would write to closed pipes for ever.
inline void reset_all_signals() {
  // The kernel's own struct sigaction differs between architectures; all zero is SIG_DFL in each of them.
  const uint64_t default_action[8]{};
  for (int signal = 1; signal <= kernel_signal_count; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    raw_syscall(SYS_rt_sigaction, signal, default_action, nullptr, kernel_mask_bytes);
  }
  exchange_signal_mask(0);
}

}  // namespace firstborn
