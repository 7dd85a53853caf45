// Calls that give something back, or whose length counts.

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "../../addon/handshake.h"
#include "fake_kernel.h"
#include "finding.h"
#include "memory.h"

namespace firstborn::fuzz {

namespace {

auto send_message(const long (&arguments)[6]) -> long {
  const auto length_bytes = static_cast<size_t>(arguments[2]);
  read_bytes(arguments[1], length_bytes);
  read_bytes(arguments[4], static_cast<size_t>(arguments[5]));
  nlmsghdr header;
  FUZZ_REQUIRE(length_bytes >= sizeof header, "sends less than a header to netlink");
  std::memcpy(&header, reinterpret_cast<const void*>(arguments[1]), sizeof header);
  kernel.netlink_sequence = header.nlmsg_seq;
  const long failure = kernel.outcome();
  return failure != 0 ? failure : arguments[2];
}

struct Acknowledgement {
  nlmsghdr header;
  nlmsgerr error;
};

auto acknowledgement() -> Acknowledgement {
  Acknowledgement message{};
  message.header.nlmsg_len = sizeof message;
  message.header.nlmsg_type = NLMSG_ERROR;
  message.header.nlmsg_seq = kernel.netlink_sequence;
  return message;
}

// A datagram of what the kernel could send, and then of what it never would.
auto make_datagram(char (&datagram)[256]) -> size_t {
  Acknowledgement message = acknowledgement();
  switch (kernel.answers.next_below(5)) {
    case 0: break;
    case 1: message.error.error = -EEXIST; break;
    case 2: {  // another message first
      message.header.nlmsg_seq ^= 1;
      std::memcpy(datagram, &message, sizeof message);
      message = acknowledgement();
      std::memcpy(datagram + sizeof message, &message, sizeof message);
      return 2 * sizeof message;
    }
    case 3: {  // the beginning of one
      std::memcpy(datagram, &message, sizeof message);
      return kernel.answers.next_below(sizeof message);
    }
    default: {
      std::memcpy(datagram, &message, sizeof message);
      const size_t length_bytes = kernel.answers.next_below(2 * sizeof message);
      for (size_t changes = kernel.answers.next_below(8); changes > 0; changes--) {
        const size_t at = kernel.answers.next_below(2 * sizeof message);
        datagram[at] = static_cast<char>(kernel.answers.next_byte());
      }
      return length_bytes;
    }
  }
  std::memcpy(datagram, &message, sizeof message);
  return sizeof message;
}

auto receive_message(const long (&arguments)[6]) -> long {
  const long failure = kernel.outcome();
  if (failure != 0) return failure;
  char datagram[256]{};
  const size_t capacity_bytes = static_cast<size_t>(arguments[2]);
  const size_t length_bytes = std::min(make_datagram(datagram), capacity_bytes);
  sockaddr_nl sender{};
  sender.nl_family = AF_NETLINK;
  sender.nl_pid = kernel.answers.next_below(8) == 1 ? 77 : 0;
  std::memcpy(reinterpret_cast<void*>(arguments[4]), &sender, sizeof sender);
  const socklen_t sender_bytes = sizeof sender;
  std::memcpy(reinterpret_cast<void*>(arguments[5]), &sender_bytes, sizeof sender_bytes);
  answer_bytes(arguments[1], capacity_bytes, datagram, length_bytes);
  return static_cast<long>(length_bytes);
}

auto write_data(long fd, long address, size_t length_bytes) -> long {
  read_bytes(address, length_bytes);
  const long failure = kernel.outcome();
  if (kernel.descriptors.owner(fd) == Owner::handshake) {
    if (failure == -EINTR) return failure;
    HandshakeRecord record;
    FUZZ_REQUIRE(length_bytes == sizeof record, "writes half a record");
    std::memcpy(&record, reinterpret_cast<const void*>(address), sizeof record);
    kernel.log.add(record);
    return static_cast<long>(length_bytes);
  }
  FUZZ_REQUIRE(kernel.descriptors.owner(fd) == Owner::interpreter,
               "writes to a descriptor that it did not open");
  if (failure != 0 || length_bytes == 0) return failure;
  // All of it in the ordinary case.
  const size_t missing_bytes = kernel.answers.next_below(length_bytes + 1);
  return static_cast<long>(length_bytes - missing_bytes);
}

// Only the word of the parent is ever read.
auto read_word(long fd, long address, size_t length_bytes) -> long {
  FUZZ_REQUIRE(kernel.descriptors.owner(fd) == Owner::handshake,
               "reads from a descriptor other than the handshake's");
  const long failure = kernel.outcome();
  if (failure == -EINTR) return failure;
  const size_t received_bytes = failure != 0 || kernel.answers.next_below(8) == 1 ? 0 : 1;
  kernel.parent_is_gone = received_bytes == 0;
  answer_bytes(address, length_bytes, "x", received_bytes);
  return failure != 0 ? failure : static_cast<long>(received_bytes);
}

auto tell_directory(long address, size_t length_bytes) -> long {
  const long failure = kernel.outcome();
  if (failure != 0) return failure;
  const std::string_view path = kernel.answers.next_below(4) == 1 ? "(unreachable)/srv" : "/srv";
  if (path.size() + 1 > length_bytes) return -ERANGE;
  answer_bytes(address, length_bytes, path.data(), path.size() + 1);
  return static_cast<long>(path.size() + 1);
}

auto tell_status(long path, long address) -> long {
  read_string(path);
  const long failure = kernel.outcome();
  if (failure != 0) return failure;
  struct stat status {};
  status.st_mode = kernel.answers.next_below(2) == 0 ? S_IFDIR | 0755 : S_IFREG | 0644;
  std::memcpy(reinterpret_cast<void*>(address), &status, sizeof status);
  return 0;
}

}  // namespace

auto answer_data_call(long number, const long (&arguments)[6], long& result) -> bool {
  const auto length_bytes = static_cast<size_t>(arguments[2]);
  switch (number) {
    case SYS_sendto: result = send_message(arguments); return true;
    case SYS_recvfrom: result = receive_message(arguments); return true;
    case SYS_write: result = write_data(arguments[0], arguments[1], length_bytes); return true;
    case SYS_read: result = read_word(arguments[0], arguments[1], length_bytes); return true;
    case SYS_getcwd: result = tell_directory(arguments[0], static_cast<size_t>(arguments[1])); return true;
    case SYS_newfstatat: result = tell_status(arguments[1], arguments[2]); return true;
    default: return false;
  }
}

}  // namespace firstborn::fuzz
