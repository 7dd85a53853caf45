#include "complaint.h"

#include <fcntl.h>
#include <linux/reboot.h>
#include <poll.h>

#include "../unique_fd.h"

namespace firstborn {

namespace {

struct NamedError {
  int number;
  std::string_view name;
};

// Those that modules, mounts, disks and programs are likely to give.
constexpr NamedError named_errors[] = {
    {E2BIG, "E2BIG"},     {EACCES, "EACCES"},   {EBUSY, "EBUSY"},     {EEXIST, "EEXIST"}, {EFBIG, "EFBIG"},
    {EINVAL, "EINVAL"},   {EIO, "EIO"},         {EISDIR, "EISDIR"},   {ELOOP, "ELOOP"},   {ENODEV, "ENODEV"},
    {ENOENT, "ENOENT"},   {ENOEXEC, "ENOEXEC"}, {ENOMEM, "ENOMEM"},   {ENOSYS, "ENOSYS"}, {ENOTBLK, "ENOTBLK"},
    {ENOTDIR, "ENOTDIR"}, {ENXIO, "ENXIO"},     {EOPNOTSUPP, "EOPNOTSUPP"}, {EPERM, "EPERM"}, {EROFS, "EROFS"},
};

// The kernel's own letters for its levels 3 and 4; `quiet` on its command line hides the second.
constexpr std::string_view kernel_levels[] = {"<3>", "<4>"};

auto send_reboot(uint32_t command) -> long {
  return raw_syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, command, nullptr);
}

}  // namespace

auto Line::add(std::string_view text) -> Line& {
  for (const char character : text) {
    if (length_bytes_ < sizeof text_) text_[length_bytes_++] = character;
  }
  return *this;
}

auto Line::add_number(unsigned number) -> void {
  if (number >= 10) add_number(number / 10);
  const char digit = static_cast<char>('0' + number % 10);
  add({&digit, 1});
}

auto Line::add_error(int error) -> Line& {
  for (const NamedError& named : named_errors) {
    if (named.number == error) return add(named.name);
  }
  add("errno ");
  add_number(static_cast<unsigned>(error));
  return *this;
}

void complain(Severity severity, const Line& line) {
  const UniqueFd log(raw_syscall(SYS_openat, AT_FDCWD, "/dev/kmsg", O_WRONLY | O_CLOEXEC, 0));
  Line whole;
  // One write is one line of the log.
  if (log.get() >= 0) whole.add(kernel_levels[static_cast<int>(severity)]);
  whole.add("firstborn: ").add(line.text()).add("\n");
  constexpr int standard_error = 2;
  const int fd = log.get() >= 0 ? log.get() : standard_error;
  raw_syscall(SYS_write, fd, whole.text().data(), whole.text().size());
}

void power_off() {
  send_reboot(LINUX_REBOOT_CMD_POWER_OFF);
  send_reboot(LINUX_REBOOT_CMD_HALT);
  for (;;) raw_syscall(SYS_ppoll, nullptr, 0, nullptr, nullptr, 0);
}

}  // namespace firstborn
