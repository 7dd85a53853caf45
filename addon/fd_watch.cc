#include "fd_watch.h"

#include <fcntl.h>
#include <poll.h>

namespace firstborn {

namespace {

auto to_uv_events(int events) -> int {
  return ((events & event_readable) != 0 ? UV_READABLE : 0) |
         ((events & event_writable) != 0 ? UV_WRITABLE : 0) |
         ((events & event_hangup) != 0 ? UV_DISCONNECT : 0);
}

auto to_poll_events(int events) -> short {
  return static_cast<short>(((events & event_readable) != 0 ? POLLIN : 0) |
                            ((events & event_writable) != 0 ? POLLOUT : 0) |
                            ((events & event_hangup) != 0 ? POLLRDHUP : 0));
}

}  // namespace

auto FdWatch::open(uv_loop_t* loop, int fd, Ready ready, void* context) -> Result<FdWatch*> {
  auto* watch = new FdWatch(fd, ready, context);
  if (const int status = uv_poll_init(loop, &watch->handle_, fd); status != 0) {
    delete watch;
    return std::unexpected(SystemError{"epoll_ctl", -status});
  }
  watch->handle_.data = watch;
  return watch;
}

auto FdWatch::update(int events) -> Result<void> {
  wanted_ = events;
  if (events == 0) return checked_void("epoll_ctl", uv_poll_stop(&handle_));
  // libuv aborts the process when it meets a closed descriptor later on.
  if (const long flags = raw_syscall(SYS_fcntl, fd_, F_GETFD, 0); flags < 0) {
    return checked_void("fcntl", flags);
  }
  const auto on_poll = [](uv_poll_t* handle, int status, int) {
    static_cast<FdWatch*>(handle->data)->on_poll(status);
  };
  return checked_void("epoll_ctl", uv_poll_start(&handle_, to_uv_events(events), on_poll));
}

void FdWatch::close() {
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_),
           [](uv_handle_t* handle) { delete static_cast<FdWatch*>(handle->data); });
}

void FdWatch::on_poll(int status) {
  const int events = current_events();
  // libuv stops a watch that meets an error. A watch is level-triggered until its owner says otherwise.
  if (status < 0) update(wanted_);
  if (events != 0) ready_(context_, events);
}

// libuv reports a hang-up as whatever was asked for, and an error as a status without an event. Asking the
// kernel again tells them apart.
auto FdWatch::current_events() const -> int {
  pollfd query{fd_, to_poll_events(wanted_), 0};
  if (poll(&query, 1, 0) <= 0) return 0;
  int events = 0;
  if ((query.revents & POLLIN) != 0) events |= event_readable;
  if ((query.revents & POLLOUT) != 0) events |= event_writable;
  if ((query.revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)) != 0) {
    events |= event_readable | event_hangup;
  }
  return events;
}

}  // namespace firstborn
