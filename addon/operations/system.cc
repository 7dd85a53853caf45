// Operations on mounts, filesystems, names, modules and namespaces. SAFETY: raw system calls and the stack,
// nothing else.

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/mount.h>

#include "../unique_fd.h"
#include "operations.h"

namespace firstborn::operations {

namespace {

// mount(2) tells "no type" and "no data" by NULL.
auto null_if_empty(const Argument& argument) -> const char* {
  return argument.length_bytes == 0 ? nullptr : argument.as_string();
}

// FIFREEZE and FITHAW take any descriptor of the filesystem. O_NONBLOCK: opening a FIFO must not wait.
auto send_to_filesystem(const char* path, unsigned long request) -> int {
  const long opened = raw_syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  if (opened < 0) return error_of(opened);
  const UniqueFd fd(opened);
  return error_of(raw_syscall(SYS_ioctl, fd.get(), request, 0));
}

}  // namespace

auto mount(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_mount, arguments[0].as_string(), arguments[1].as_string(),
                              null_if_empty(arguments[2]), arguments[3].number, null_if_empty(arguments[4])));
}

auto unmount(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_umount2, arguments[0].as_string(), arguments[1].as_u32()));
}

auto open_tree(Machine& machine, const Argument* arguments) -> int {
  return machine.fill_slot(arguments[0].number, raw_syscall(SYS_open_tree, AT_FDCWD, arguments[1].as_string(),
                                                            arguments[2].as_u32() | OPEN_TREE_CLOEXEC));
}

auto move_mount(Machine& machine, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_move_mount, machine.slots[arguments[0].number], "", AT_FDCWD,
                              arguments[1].as_string(), MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS));
}

auto set_mount_attributes(Machine&, const Argument* arguments) -> int {
  const mount_attr attributes{arguments[2].number, arguments[3].number, arguments[4].number, 0};
  return error_of(raw_syscall(SYS_mount_setattr, AT_FDCWD, arguments[0].as_string(), arguments[1].as_u32(),
                              &attributes, sizeof attributes));
}

auto pivot_root(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_pivot_root, arguments[0].as_string(), arguments[1].as_string()));
}

auto set_hostname(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_sethostname, arguments[0].bytes, arguments[0].length_bytes));
}

auto set_domainname(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_setdomainname, arguments[0].bytes, arguments[0].length_bytes));
}

auto load_module(Machine&, const Argument* arguments) -> int {
  const long opened = raw_syscall(SYS_openat, AT_FDCWD, arguments[0].as_string(), O_RDONLY | O_CLOEXEC, 0);
  if (opened < 0) return error_of(opened);
  const UniqueFd fd(opened);
  return error_of(raw_syscall(SYS_finit_module, fd.get(), arguments[1].as_string(), 0));
}

auto unshare(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_unshare, arguments[0].as_u32()));
}

auto set_namespace(Machine& machine, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_setns, machine.slots[arguments[0].number], arguments[1].as_u32()));
}

auto join_namespaces(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_setns, arguments[0].as_fd(), arguments[1].as_u32()));
}

auto freeze_filesystem(Machine&, const Argument* arguments) -> int {
  return send_to_filesystem(arguments[0].as_string(), FIFREEZE);
}

auto thaw_filesystem(Machine&, const Argument* arguments) -> int {
  return send_to_filesystem(arguments[0].as_string(), FITHAW);
}

}  // namespace firstborn::operations
