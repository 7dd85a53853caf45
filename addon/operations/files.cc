// Operations on paths. SAFETY: raw system calls and the stack, nothing else.

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstring>

#include "../unique_fd.h"
#include "operations.h"

namespace firstborn::operations {

namespace {

constexpr uint32_t permission_bits = 07777;

// mkdir with exactly `mode`: the umask of the process must not decide what a plan makes.
auto make_exact_directory(const char* path, uint32_t mode) -> int {
  if (const int error = error_of(raw_syscall(SYS_mkdirat, AT_FDCWD, path, mode))) return error;
  return error_of(raw_syscall(SYS_fchmodat, AT_FDCWD, path, mode & permission_bits));
}

auto is_directory(const char* path) -> bool {
  struct stat status;
  return raw_syscall(SYS_newfstatat, AT_FDCWD, path, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

// Opens for writing without ever blocking: O_NONBLOCK makes a FIFO without a reader ENXIO.
auto open_for_writing(const char* path, uint32_t flags, uint32_t mode) -> long {
  int open_flags = O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  if ((flags & write_truncate) != 0) open_flags |= O_TRUNC;
  if ((flags & write_append) != 0) open_flags |= O_APPEND;
  if ((flags & write_no_follow) != 0) open_flags |= O_NOFOLLOW;
  if ((flags & write_create) != 0) {
    // O_EXCL tells whether the file is new, and only a new file gets the mode.
    const long created = raw_syscall(SYS_openat, AT_FDCWD, path, open_flags | O_CREAT | O_EXCL, mode);
    if (created >= 0) raw_syscall(SYS_fchmod, created, mode & permission_bits);
    if (created != -EEXIST) return created;
    open_flags |= O_CREAT;
  }
  return raw_syscall(SYS_openat, AT_FDCWD, path, open_flags, mode);
}

}  // namespace

auto make_directory(Machine&, const Argument* arguments) -> int {
  return make_exact_directory(arguments[0].as_string(), arguments[1].as_u32());
}

auto make_directories(Machine&, const Argument* arguments) -> int {
  const size_t length = arguments[0].length_bytes;
  if (length == 0) return ENOENT;
  if (length >= PATH_MAX) return ENAMETOOLONG;
  char path[PATH_MAX];
  std::memcpy(path, arguments[0].bytes, length + 1);
  for (size_t i = 1; i < length; i++) {
    if (path[i] != '/' || path[i - 1] == '/') continue;
    path[i] = '\0';
    const int error = make_exact_directory(path, arguments[1].as_u32());
    if (error != 0 && error != EEXIST) return error;
    path[i] = '/';
  }
  const int error = make_exact_directory(path, arguments[1].as_u32());
  return error == EEXIST && is_directory(path) ? 0 : error;
}

auto symlink(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_symlinkat, arguments[0].as_string(), AT_FDCWD, arguments[1].as_string()));
}

auto remove(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_unlinkat, AT_FDCWD, arguments[0].as_string(), 0));
}

auto remove_directory(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_unlinkat, AT_FDCWD, arguments[0].as_string(), AT_REMOVEDIR));
}

auto make_node(Machine&, const Argument* arguments) -> int {
  const char* path = arguments[0].as_string();
  const uint32_t mode = arguments[1].as_u32();
  const uint64_t device = makedev(arguments[2].as_u32(), arguments[3].as_u32());
  if (const int error = error_of(raw_syscall(SYS_mknodat, AT_FDCWD, path, mode, device))) return error;
  return error_of(raw_syscall(SYS_fchmodat, AT_FDCWD, path, mode & permission_bits));
}

auto change_mode(Machine&, const Argument* arguments) -> int {
  return error_of(
      raw_syscall(SYS_fchmodat, AT_FDCWD, arguments[0].as_string(), arguments[1].as_u32() & permission_bits));
}

auto change_owner(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_fchownat, AT_FDCWD, arguments[0].as_string(), arguments[1].as_u32(),
                              arguments[2].as_u32(), 0));
}

auto change_owner_of_fd(Machine&, const Argument* arguments) -> int {
  return error_of(
      raw_syscall(SYS_fchown, arguments[0].as_fd(), arguments[1].as_u32(), arguments[2].as_u32()));
}

auto write_file(Machine&, const Argument* arguments) -> int {
  const uint32_t flags = arguments[1].as_u32();
  if ((flags & ~write_all_flags) != 0) return EINVAL;
  const long opened = open_for_writing(arguments[0].as_string(), flags, arguments[2].as_u32());
  if (opened < 0) return error_of(opened);
  UniqueFd fd(opened);
  // Cgroup files treat O_NONBLOCK as a wish not to wait for reclaim; the write itself is an ordinary one.
  raw_syscall(SYS_fcntl, fd.get(), F_SETFL, (flags & write_append) != 0 ? O_APPEND : 0);
  const size_t length_bytes = arguments[3].length_bytes;
  const long written = raw_syscall(SYS_write, fd.get(), arguments[3].bytes, length_bytes);
  if (written < 0) return error_of(written);
  return static_cast<size_t>(written) == length_bytes ? 0 : EIO;
}

auto open_path(Machine& machine, const Argument* arguments) -> int {
  const uint32_t flags = arguments[2].as_u32();
  return machine.fill_slot(arguments[0].number, raw_syscall(SYS_openat, AT_FDCWD, arguments[1].as_string(),
                                                            flags | O_CLOEXEC, arguments[3].as_u32()));
}

auto change_directory(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_chdir, arguments[0].as_string()));
}

auto change_directory_to_slot(Machine& machine, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_fchdir, machine.slots[arguments[0].number]));
}

auto change_root(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_chroot, arguments[0].as_string()));
}

auto check_working_directory(Machine&, const Argument*) -> int {
  // The kernel prefixes the path with "(unreachable)" when no walk from the root leads there.
  char path[PATH_MAX];
  const long length_bytes = raw_syscall(SYS_getcwd, path, sizeof path);
  if (length_bytes < 0) return error_of(length_bytes);
  return path[0] == '/' ? 0 : ENOENT;
}

auto sync(Machine&, const Argument*) -> int { return error_of(raw_syscall(SYS_sync)); }

}  // namespace firstborn::operations
