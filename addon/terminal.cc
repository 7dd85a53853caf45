#include "terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

namespace firstborn {

auto open_terminal(const char* ptmx_path) -> Result<Terminal> {
  constexpr int flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
  const long opened = raw_syscall(SYS_openat, AT_FDCWD, ptmx_path, flags, 0);
  if (opened < 0) return std::unexpected(SystemError{"openat", error_of(opened)});
  UniqueFd output(opened);
  const int unlocked = 0;
  if (const long done = raw_syscall(SYS_ioctl, output.get(), TIOCSPTLCK, &unlocked); done < 0) {
    return std::unexpected(SystemError{"TIOCSPTLCK", error_of(done)});
  }
  const long peer = raw_syscall(SYS_ioctl, output.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (peer < 0) return std::unexpected(SystemError{"TIOCGPTPEER", error_of(peer)});
  UniqueFd slave(peer);
  const long duplicate = raw_syscall(SYS_fcntl, output.get(), F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0) return std::unexpected(SystemError{"fcntl", error_of(duplicate)});
  return Terminal{std::move(output), UniqueFd(duplicate), std::move(slave)};
}

auto set_terminal_size(int fd, uint16_t rows, uint16_t columns) -> Result<void> {
  const winsize size{rows, columns, 0, 0};
  return checked_void("TIOCSWINSZ", raw_syscall(SYS_ioctl, fd, TIOCSWINSZ, &size));
}

auto set_raw_mode(int fd) -> Result<void> {
  termios mode{};
  if (tcgetattr(fd, &mode) != 0) return std::unexpected(SystemError{"tcgetattr", errno});
  cfmakeraw(&mode);
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  if (tcsetattr(fd, TCSANOW, &mode) != 0) return std::unexpected(SystemError{"tcsetattr", errno});
  return {};
}

}  // namespace firstborn
