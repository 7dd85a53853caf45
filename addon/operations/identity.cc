// Operations on credentials. They change the calling thread only, which is all there is in a spawned child.
// SAFETY: raw system calls and the stack, nothing else.

#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sys/prctl.h>

#include "operations.h"

namespace firstborn::operations {

namespace {

// Every unused argument must be zero: the kernel checks them for most options.
auto process_control(int option, uint64_t first = 0, uint64_t second = 0) -> int {
  return error_of(raw_syscall(SYS_prctl, option, first, second, 0, 0));
}

}  // namespace

auto set_groups(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_setgroups, arguments[0].number, arguments[0].bytes));
}

auto set_group_id(Machine&, const Argument* arguments) -> int {
  const uint32_t id = arguments[0].as_u32();
  return error_of(raw_syscall(SYS_setresgid, id, id, id));
}

auto set_user_id(Machine&, const Argument* arguments) -> int {
  const uint32_t id = arguments[0].as_u32();
  return error_of(raw_syscall(SYS_setresuid, id, id, id));
}

auto set_capabilities(Machine&, const Argument* arguments) -> int {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
  for (uint32_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
    sets[i].effective = static_cast<uint32_t>(arguments[0].number >> (32 * i));
    sets[i].permitted = static_cast<uint32_t>(arguments[1].number >> (32 * i));
    sets[i].inheritable = static_cast<uint32_t>(arguments[2].number >> (32 * i));
  }
  return error_of(raw_syscall(SYS_capset, &header, sets));
}

auto drop_bounding_capability(Machine&, const Argument* arguments) -> int {
  return process_control(PR_CAPBSET_DROP, arguments[0].number);
}

auto raise_ambient_capability(Machine&, const Argument* arguments) -> int {
  return process_control(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, arguments[0].number);
}

auto clear_ambient_capabilities(Machine&, const Argument*) -> int {
  return process_control(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
}

auto set_keep_capabilities(Machine&, const Argument* arguments) -> int {
  return process_control(PR_SET_KEEPCAPS, arguments[0].number);
}

auto set_no_new_privileges(Machine&, const Argument*) -> int { return process_control(PR_SET_NO_NEW_PRIVS, 1); }

auto join_session_keyring(Machine&, const Argument* arguments) -> int {
  const long keyring = raw_syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, arguments[0].as_string());
  if (keyring < 0) return error_of(keyring);
  return error_of(raw_syscall(SYS_keyctl, KEYCTL_SETPERM, keyring, arguments[1].as_u32()));
}

auto set_dumpable(Machine&, const Argument* arguments) -> int {
  return process_control(PR_SET_DUMPABLE, arguments[0].number);
}

auto set_securebits(Machine&, const Argument* arguments) -> int {
  return process_control(PR_SET_SECUREBITS, arguments[0].number);
}

}  // namespace firstborn::operations
