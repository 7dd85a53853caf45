// Operations on the disks of the machine. SAFETY: raw system calls and the stack, nothing else.

#include <fcntl.h>
#include <time.h>

#include <cstddef>
#include <cstring>

#include "../unique_fd.h"
#include "operations.h"

namespace firstborn::operations {

namespace {

constexpr char disks_directory[] = "/sys/block";
constexpr char serial_file[] = "serial";
constexpr char nodes_directory[] = "/dev/";
constexpr size_t node_path_bytes = 280;
// More disks than any machine boots with fill less than this many buffers.
constexpr int max_directory_reads = 16;
constexpr size_t directory_buffer_bytes = 2048;
// VIRTIO_BLK_ID_BYTES is 20; a line feed may follow.
constexpr size_t serial_buffer_bytes = 64;
constexpr uint32_t longest_pause_ms = 50;
constexpr long nanoseconds_per_ms = 1'000'000;

// Of linux_dirent64, getdents(2): the length of the entry, the name with its NUL.
constexpr size_t entry_length_offset = 16;
constexpr size_t entry_name_offset = 19;

auto open_below(int directory, const char* name, int flags) -> UniqueFd {
  return UniqueFd(raw_syscall(SYS_openat, directory, name, flags | O_CLOEXEC | O_NONBLOCK, 0));
}

auto has_serial(int disks, const char* name, const Argument& serial) -> bool {
  const UniqueFd disk = open_below(disks, name, O_RDONLY | O_DIRECTORY);
  if (disk.get() < 0) return false;
  const UniqueFd file = open_below(disk.get(), serial_file, O_RDONLY);
  if (file.get() < 0) return false;
  char told[serial_buffer_bytes];
  long told_bytes = raw_syscall(SYS_read, file.get(), told, sizeof told);
  while (told_bytes > 0 && (told[told_bytes - 1] == '\n' || told[told_bytes - 1] == ' ')) told_bytes--;
  return told_bytes >= 0 && static_cast<size_t>(told_bytes) == serial.length_bytes &&
         std::memcmp(told, serial.bytes, serial.length_bytes) == 0;
}

// Writes "/dev/NAME" to `path` when that node can be opened, which it can be a little later than it can be seen.
auto find_node(const char* name, char (&path)[node_path_bytes]) -> bool {
  const size_t prefix_bytes = sizeof nodes_directory - 1;
  const size_t name_bytes = std::strlen(name);
  if (prefix_bytes + name_bytes >= node_path_bytes) return false;
  std::memcpy(path, nodes_directory, prefix_bytes);
  std::memcpy(path + prefix_bytes, name, name_bytes + 1);
  return open_below(AT_FDCWD, path, O_RDONLY).get() >= 0;
}

// Looks once through the disks that are there now.
auto find_disk(const Argument& serial, char (&path)[node_path_bytes]) -> bool {
  const UniqueFd disks = open_below(AT_FDCWD, disks_directory, O_RDONLY | O_DIRECTORY);
  if (disks.get() < 0) return false;
  alignas(8) char entries[directory_buffer_bytes];
  for (int i = 0; i < max_directory_reads; i++) {
    const long read_bytes = raw_syscall(SYS_getdents64, disks.get(), entries, sizeof entries);
    if (read_bytes <= 0) return false;
    for (long at = 0; at < read_bytes;) {
      uint16_t length_bytes;
      std::memcpy(&length_bytes, entries + at + entry_length_offset, sizeof length_bytes);
      const char* name = entries + at + entry_name_offset;
      if (name[0] != '.' && has_serial(disks.get(), name, serial) && find_node(name, path)) return true;
      at += length_bytes;
    }
  }
  return false;
}

void pause_for(uint32_t pause_ms) {
  const timespec pause{0, static_cast<long>(pause_ms) * nanoseconds_per_ms};
  raw_syscall(SYS_nanosleep, &pause, nullptr);
}

}  // namespace

auto link_disk(Machine&, const Argument* arguments) -> int {
  const uint32_t deadline_ms = arguments[2].as_u32();
  if (deadline_ms > max_disk_wait_ms) return EINVAL;
  char node[node_path_bytes];
  uint32_t pause_ms = 1;
  for (uint32_t waited_ms = 0; !find_disk(arguments[0], node); waited_ms += pause_ms) {
    if (waited_ms >= deadline_ms) return ENODEV;
    if (waited_ms > pause_ms && pause_ms < longest_pause_ms) pause_ms = pause_ms * 2;
    pause_for(pause_ms);
  }
  return error_of(raw_syscall(SYS_symlinkat, node, AT_FDCWD, arguments[1].as_string()));
}

}  // namespace firstborn::operations
