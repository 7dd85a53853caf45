#include "clock_and_entropy.h"

#include <fcntl.h>
#include <linux/random.h>
#include <sys/ioctl.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "unique_fd.h"

namespace firstborn {

namespace {

constexpr long nanoseconds_per_second = 1'000'000'000;

// rand_pool_info with room for its flexible array.
struct EntropyRequest {
  int entropy_bits;
  int length_bytes;
  uint8_t bytes[512];
};
static_assert(offsetof(EntropyRequest, bytes) == offsetof(rand_pool_info, buf));

auto credit(int device, std::span<const uint8_t> bytes) -> Result<void> {
  EntropyRequest request;
  request.length_bytes = static_cast<int>(bytes.size());
  request.entropy_bits = request.length_bytes * 8;
  std::memcpy(request.bytes, bytes.data(), bytes.size());
  return checked_void("RNDADDENTROPY", raw_syscall(SYS_ioctl, device, RNDADDENTROPY, &request));
}

}  // namespace

auto step_clock(double step_ms) -> Result<void> {
  const double whole_seconds = std::floor(step_ms / 1000);
  const double rest_ns = std::round((step_ms - whole_seconds * 1000) * 1e6);
  timespec time{};
  if (const long read = raw_syscall(SYS_clock_gettime, CLOCK_REALTIME, &time); read < 0) {
    return checked_void("clock_gettime", read);
  }
  time.tv_sec += static_cast<time_t>(whole_seconds);
  time.tv_nsec += static_cast<long>(rest_ns);
  if (time.tv_nsec >= nanoseconds_per_second) {
    time.tv_sec++;
    time.tv_nsec -= nanoseconds_per_second;
  }
  return checked_void("clock_settime", raw_syscall(SYS_clock_settime, CLOCK_REALTIME, &time));
}

auto add_entropy(std::span<const uint8_t> bytes) -> Result<void> {
  const long opened = raw_syscall(SYS_openat, AT_FDCWD, "/dev/urandom", O_RDONLY | O_CLOEXEC, 0);
  if (opened < 0) return std::unexpected(SystemError{"openat", error_of(opened)});
  const UniqueFd device(opened);
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), sizeof EntropyRequest::bytes));
    if (auto result = credit(device.get(), part); !result) return result;
    bytes = bytes.subspan(part.size());
  }
  const long reseeded = raw_syscall(SYS_ioctl, device.get(), RNDRESEEDCRNG);
  // A kernel without it reseeds by itself within minutes.
  if (reseeded == -ENOTTY || reseeded == -EINVAL) return {};
  return checked_void("RNDRESEEDCRNG", reseeded);
}

}  // namespace firstborn
