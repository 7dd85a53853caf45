#include "power.h"

#include <fcntl.h>
#include <linux/reboot.h>
#include <poll.h>
#include <signal.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "unique_fd.h"

namespace firstborn {

namespace {

struct FatalSignal {
  int number;
  const char* line;
};

constexpr FatalSignal fatal_signals[] = {
    {SIGSEGV, "\r\nfirstborn: init died of SIGSEGV, powering off\r\n"},
    {SIGBUS, "\r\nfirstborn: init died of SIGBUS, powering off\r\n"},
    {SIGILL, "\r\nfirstborn: init died of SIGILL, powering off\r\n"},
    {SIGFPE, "\r\nfirstborn: init died of SIGFPE, powering off\r\n"},
    {SIGABRT, "\r\nfirstborn: init died of SIGABRT, powering off\r\n"},
    {SIGTRAP, "\r\nfirstborn: init died of SIGTRAP, powering off\r\n"},
    {SIGSYS, "\r\nfirstborn: init died of SIGSYS, powering off\r\n"},
};

constexpr int firstborn_failed_status = 125;
constexpr int console_patience_ms = 200;

// A stack overflow leaves no room for the handler on the thread's own stack.
constexpr size_t handler_stack_bytes = 64 * 1024;
alignas(16) char handler_stack[handler_stack_bytes];

// Set before any handler is installed.
int last_console_fd = -1;

auto send_reboot(uint32_t command) -> long {
  return raw_syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, command, nullptr);
}

// SAFETY: a signal handler in a process that may be damaged: raw system calls and constants only. A console
// that takes nothing must not keep the machine up, so it gets a short time to become writable.
void on_fatal_signal(int number) {
  for (const FatalSignal& fatal : fatal_signals) {
    if (fatal.number != number) continue;
    pollfd console{last_console_fd, POLLOUT, 0};
    const timespec patience{0, console_patience_ms * 1'000'000L};
    if (raw_syscall(SYS_ppoll, &console, 1, &patience, nullptr, 0) == 1) {
      size_t length_bytes = 0;
      while (fatal.line[length_bytes] != '\0') length_bytes++;
      raw_syscall(SYS_write, last_console_fd, fatal.line, length_bytes);
    }
  }
  send_reboot(LINUX_REBOOT_CMD_POWER_OFF);
  for (;;) raw_syscall(SYS_exit_group, firstborn_failed_status);
}

}  // namespace

auto reboot_machine(PowerAction action) -> Result<void> {
  switch (action) {
    case PowerAction::poweroff: return checked_void("reboot", send_reboot(LINUX_REBOOT_CMD_POWER_OFF));
    case PowerAction::restart: return checked_void("reboot", send_reboot(LINUX_REBOOT_CMD_RESTART));
    case PowerAction::halt: return checked_void("reboot", send_reboot(LINUX_REBOOT_CMD_HALT));
  }
  return {};
}

auto disable_control_alt_delete() -> Result<void> {
  return checked_void("reboot", send_reboot(LINUX_REBOOT_CMD_CAD_OFF));
}

auto install_last_resort(int console_fd) -> Result<void> {
  const long duplicate = raw_syscall(SYS_fcntl, console_fd, F_DUPFD_CLOEXEC, 3);
  if (duplicate < 0) return checked_void("fcntl", duplicate);
  const UniqueFd previous(std::exchange(last_console_fd, static_cast<int>(duplicate)));
  const stack_t stack{handler_stack, 0, sizeof handler_stack};
  if (sigaltstack(&stack, nullptr) != 0) return std::unexpected(SystemError{"sigaltstack", errno});
  struct sigaction action{};
  action.sa_handler = on_fatal_signal;
  // A second fault inside the handler takes the default action and ends it.
  action.sa_flags = SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  sigfillset(&action.sa_mask);
  for (const FatalSignal& fatal : fatal_signals) {
    if (sigaction(fatal.number, &action, nullptr) != 0) {
      return std::unexpected(SystemError{"sigaction", errno});
    }
  }
  return {};
}

}  // namespace firstborn
