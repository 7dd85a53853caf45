#include "fd_io.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <time.h>

namespace firstborn {

namespace {

// EAGAIN from openat2 means that something was renamed meanwhile and the walk can't be proved safe.
constexpr int max_open_attempts = 32;

auto open_below(int root_fd, const char* path, const open_how& how) -> long {
  long opened = -EAGAIN;
  for (int attempt = 0; attempt < max_open_attempts && (opened == -EAGAIN || opened == -EINTR); attempt++) {
    opened = raw_syscall(SYS_openat2, root_fd, path, &how, sizeof how);
  }
  return opened;
}

}  // namespace

auto open_in_root(const char* root, const char* path, uint32_t flags, uint32_t mode) -> Result<UniqueFd> {
  const long opened_root =
      raw_syscall(SYS_openat, AT_FDCWD, root, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  if (opened_root < 0) return std::unexpected(SystemError{"openat", error_of(opened_root)});
  const UniqueFd root_fd(opened_root);
  // openat2 refuses combinations that open ignores: O_PATH with O_NONBLOCK, a mode when nothing is created.
  const bool adds_nonblock = (flags & (O_PATH | O_NONBLOCK)) == 0;
  open_how how{};
  how.flags = flags | O_CLOEXEC | (adds_nonblock ? O_NONBLOCK : 0);
  how.mode = (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) != 0 ? mode : 0;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const long opened = open_below(root_fd.get(), path, how);
  if (opened < 0) return std::unexpected(SystemError{"openat2", error_of(opened)});
  UniqueFd fd(opened);
  if (adds_nonblock) {
    if (auto result = set_nonblocking(fd.get(), false); !result) return std::unexpected(result.error());
  }
  return fd;
}

auto make_pipe() -> Result<Pipe> {
  int fds[2];
  const long made = raw_syscall(SYS_pipe2, fds, O_CLOEXEC);
  if (made < 0) return std::unexpected(SystemError{"pipe2", error_of(made)});
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

auto set_nonblocking(int fd, bool nonblocking) -> Result<void> {
  const long flags = raw_syscall(SYS_fcntl, fd, F_GETFL, 0);
  if (flags < 0) return checked_void("fcntl", flags);
  const long wanted = nonblocking ? flags | O_NONBLOCK : flags & ~static_cast<long>(O_NONBLOCK);
  return checked_void("fcntl", raw_syscall(SYS_fcntl, fd, F_SETFL, wanted));
}

auto set_pipe_size(int fd, int length_bytes) -> Result<void> {
  return checked_void("fcntl", raw_syscall(SYS_fcntl, fd, F_SETPIPE_SZ, length_bytes));
}

auto read_some(int fd, void* buffer, size_t length_bytes) -> Result<long> {
  long result;
  do {
    result = raw_syscall(SYS_read, fd, buffer, length_bytes);
  } while (result == -EINTR);
  if (result == -ECONNRESET) return 0;
  return result == -EAGAIN ? would_block : checked<long>("read", result);
}

auto await_ready(int fd, short events, int timeout_ms) -> Result<bool> {
  pollfd wanted{.fd = fd, .events = events, .revents = 0};
  timespec left{.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1'000'000L};
  long result;
  do {
    // The kernel writes back what is left, so an interruption does not begin the time anew.
    result = raw_syscall(SYS_ppoll, &wanted, 1, &left, nullptr, 0);
  } while (result == -EINTR);
  if (result > 0 && (wanted.revents & POLLNVAL) != 0) return std::unexpected(SystemError{"ppoll", EBADF});
  if (result < 0) return std::unexpected(SystemError{"ppoll", error_of(result)});
  return result > 0;
}

auto write_some(int fd, const void* bytes, size_t length_bytes) -> Result<long> {
  long result;
  do {
    result = raw_syscall(SYS_write, fd, bytes, length_bytes);
  } while (result == -EINTR);
  return result == -EAGAIN ? would_block : checked<long>("write", result);
}

}  // namespace firstborn
