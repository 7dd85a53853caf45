// Operations on the network. SAFETY: raw system calls and the stack, nothing else.

#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstring>

#include "../unique_fd.h"
#include "operations.h"

namespace firstborn::operations {

namespace {

constexpr long answer_timeout_seconds = 5;
// The kernel may say other things first; a socket without groups hears little of them.
constexpr int max_datagrams = 16;

auto asks_for_acknowledgement(const Argument& message) -> bool {
  nlmsghdr header;
  if (message.length_bytes < sizeof header) return false;
  std::memcpy(&header, message.bytes, sizeof header);
  return header.nlmsg_len == message.length_bytes && (header.nlmsg_flags & NLM_F_ACK) != 0;
}

// Looks for the acknowledgement of `sequence` in one datagram. -1 when it is not there.
auto find_answer(const char* datagram, size_t length_bytes, uint32_t sequence) -> int {
  while (length_bytes >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, datagram, sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > length_bytes) return -1;
    if (header.nlmsg_type == NLMSG_ERROR && header.nlmsg_seq == sequence &&
        header.nlmsg_len >= sizeof header + sizeof(int)) {
      int error;
      std::memcpy(&error, datagram + sizeof header, sizeof error);
      // The kernel sends no other number; one that could not be negated must not be believed either.
      return error > 0 || error < -static_cast<int>(max_errno) ? EPROTO : -error;
    }
    const size_t step_bytes = NLMSG_ALIGN(header.nlmsg_len);
    if (step_bytes >= length_bytes) return -1;
    datagram += step_bytes;
    length_bytes -= step_bytes;
  }
  return -1;
}

auto await_answer(int socket, uint32_t sequence) -> int {
  char datagram[8192];
  for (int i = 0; i < max_datagrams; i++) {
    sockaddr_nl sender{};
    socklen_t sender_bytes = sizeof sender;
    const long received =
        raw_syscall(SYS_recvfrom, socket, datagram, sizeof datagram, 0, &sender, &sender_bytes);
    if (received == -EINTR) continue;
    if (received == -EAGAIN) return ETIMEDOUT;
    if (received < 0) return error_of(received);
    if (sender.nl_pid != 0) continue;  // another process may write to us; only the kernel counts
    const int error = find_answer(datagram, static_cast<size_t>(received), sequence);
    if (error >= 0) return error;
  }
  return ETIMEDOUT;
}

}  // namespace

auto netlink(Machine&, const Argument* arguments) -> int {
  const Argument& message = arguments[1];
  // Without these the answer would never come and the plan would wait in vain.
  if (!asks_for_acknowledgement(message)) return EINVAL;
  const long opened = raw_syscall(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, arguments[0].as_u32());
  if (opened < 0) return error_of(opened);
  const UniqueFd socket(opened);
  const timeval timeout{answer_timeout_seconds, 0};
  raw_syscall(SYS_setsockopt, socket.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  const sockaddr_nl kernel{AF_NETLINK, 0, 0, 0};
  const long sent = raw_syscall(SYS_sendto, socket.get(), message.bytes, message.length_bytes, 0, &kernel,
                                sizeof kernel);
  if (sent < 0) return error_of(sent);
  nlmsghdr header;
  std::memcpy(&header, message.bytes, sizeof header);
  return await_answer(socket.get(), header.nlmsg_seq);
}

auto ethtool(Machine&, const Argument* arguments) -> int {
  const Argument& name = arguments[0];
  if (name.length_bytes >= IFNAMSIZ) return ENODEV;
  // Any socket will do; unix ones are there in every kernel that runs Node.
  const long opened = raw_syscall(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (opened < 0) return error_of(opened);
  const UniqueFd socket(opened);
  ethtool_value value{arguments[1].as_u32(), arguments[2].as_u32()};
  ifreq request{};
  std::memcpy(request.ifr_name, name.bytes, name.length_bytes);
  request.ifr_data = reinterpret_cast<char*>(&value);
  return error_of(raw_syscall(SYS_ioctl, socket.get(), SIOCETHTOOL, &request));
}

}  // namespace firstborn::operations
