#pragma once

#include <ctime>

#include "../raw_syscall.h"

namespace firstborn {

// Sleeps, less than a second. Signals end this program anyway, so none cuts it short.
inline void pause_ms(long duration_ms) {
  const timespec duration{0, duration_ms * 1'000'000};
  raw_syscall(SYS_nanosleep, &duration, nullptr);
}

}  // namespace firstborn
