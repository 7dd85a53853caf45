// Calls by which a disk is looked for: directories, short files, pauses.

#include <sys/syscall.h>
#include <time.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "fake_kernel.h"
#include "finding.h"
#include "memory.h"

namespace firstborn::fuzz {

namespace {

constexpr std::string_view names[] = {"vda", ".", "a-disk-whose-name-is-longer-than-any-that-a-kernel-gives-and-goes-on-and-on"};
constexpr std::string_view serials[] = {"serial\n", "firstborn-runtime", "", "serial of something else, too long for it"};
constexpr size_t name_offset = 19;

// struct linux_dirent64 (getdents(2)): entries of a multiple of eight bytes, each name with its NUL.
auto add_entry(char* at, std::string_view name) -> size_t {
  const auto length_bytes = static_cast<uint16_t>((name_offset + name.size() + 1 + 7) & ~size_t{7});
  std::memset(at, 0, length_bytes);
  std::memcpy(at + 16, &length_bytes, sizeof length_bytes);
  std::memcpy(at + name_offset, name.data(), name.size());
  return length_bytes;
}

auto list_directory(const long (&arguments)[6]) -> long {
  FUZZ_REQUIRE(kernel.descriptors.owner(arguments[0]) == Owner::interpreter, "lists what it did not open");
  const long failure = kernel.outcome();
  if (failure != 0) return failure;
  char entries[512];
  size_t length_bytes = 0;
  const size_t count = (kernel.answers.next_below(4) + 1) % 4;
  for (size_t i = 0; i < count; i++) {
    length_bytes += add_entry(entries + length_bytes, names[kernel.answers.next_below(std::size(names))]);
  }
  const auto capacity_bytes = static_cast<size_t>(arguments[2]);
  FUZZ_REQUIRE(length_bytes <= capacity_bytes, "lists a directory into too small a buffer");
  answer_bytes(arguments[1], capacity_bytes, entries, length_bytes);
  return static_cast<long>(length_bytes);
}

auto read_file(const long (&arguments)[6]) -> long {
  const long failure = kernel.outcome();
  if (failure != 0) return failure;
  const std::string_view serial = serials[kernel.answers.next_below(std::size(serials))];
  const auto capacity_bytes = static_cast<size_t>(arguments[2]);
  const size_t length_bytes = std::min(serial.size(), capacity_bytes);
  answer_bytes(arguments[1], capacity_bytes, serial.data(), length_bytes);
  return static_cast<long>(length_bytes);
}

}  // namespace

auto answer_disk_call(long number, const long (&arguments)[6], long& result) -> bool {
  switch (number) {
    case SYS_getdents64: result = list_directory(arguments); return true;
    case SYS_nanosleep:
      read_bytes(arguments[0], sizeof(timespec));
      result = kernel.outcome();
      return true;
    case SYS_read:
      if (kernel.descriptors.owner(arguments[0]) != Owner::interpreter) return false;
      result = read_file(arguments);
      return true;
    default: return false;
  }
}

}  // namespace firstborn::fuzz
