#pragma once

#include <uv.h>

#include <memory>

#include "system_error.h"

namespace firstborn {

// Bits of fdEvents in native.ts.
constexpr int event_readable = 1;
constexpr int event_writable = 2;
constexpr int event_hangup = 4;
constexpr int event_all = 7;

// Readiness of one descriptor, told from the event loop as long as it lasts.
class FdWatch {
 public:
  using Ready = void (*)(void* context, int events);

  // Watches `fd`; the watch starts paused. EPERM for a file that is always ready, EEXIST for a second watch.
  // libuv makes the descriptor non-blocking.
  static auto open(uv_loop_t* loop, int fd, Ready ready, void* context) -> Result<FdWatch*>;

  // Says what to wait for; 0 pauses. `ready` may call this and close.
  auto update(int events) -> Result<void>;

  // Ends the watch. It frees itself when the loop has let go of it; `ready` is not called any more.
  void close();

  FdWatch(const FdWatch&) = delete;
  auto operator=(const FdWatch&) -> FdWatch& = delete;

 private:
  FdWatch(int fd, Ready ready, void* context) : fd_(fd), ready_(ready), context_(context) {}
  ~FdWatch() = default;

  void on_poll(int status);
  [[nodiscard]] auto current_events() const -> int;

  uv_poll_t handle_{};
  int fd_;
  int wanted_ = 0;
  Ready ready_;
  void* context_;
};

}  // namespace firstborn
