#include "uevent_socket.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cstdint>

namespace firstborn {

namespace {

// Group 1 is the kernel's own; udev sends what it has made of it to group 2.
constexpr uint32_t kernel_group = 1;

}  // namespace

auto open_uevent_socket() -> Result<UniqueFd> {
  const long opened =
      raw_syscall(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
  if (opened < 0) return std::unexpected(SystemError{"socket", error_of(opened)});
  UniqueFd socket(opened);
  const sockaddr_nl address{AF_NETLINK, 0, 0, kernel_group};
  if (const long bound = raw_syscall(SYS_bind, socket.get(), &address, sizeof address); bound < 0) {
    return std::unexpected(SystemError{"bind", error_of(bound)});
  }
  return socket;
}

}  // namespace firstborn
