// Calls that only take something.

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <cstring>

#include "fake_kernel.h"
#include "finding.h"
#include "memory.h"

namespace firstborn::fuzz {

namespace {

// One letter per argument: s a string, S a string or null, b bytes whose number is the next argument, B bytes
// whose number is the one before, t 32 bytes, . anything else.
struct CallShape {
  long number;
  const char* shape;
};

constexpr CallShape shapes[] = {
    {SYS_mkdirat, ".s"},      {SYS_fchmodat, ".s"},         {SYS_fchmod, ""},
    {SYS_symlinkat, "s.s"},   {SYS_unlinkat, ".s"},         {SYS_mknodat, ".s"},
    {SYS_fchownat, ".s"},     {SYS_fchown, ""},             {SYS_chdir, "s"},
    {SYS_fchdir, ""},         {SYS_chroot, "s"},            {SYS_sync, ""},
    {SYS_mount, "ssS.S"},     {SYS_umount2, "s"},           {SYS_move_mount, ".s.s"},
    {SYS_mount_setattr, ".s.b"}, {SYS_pivot_root, "ss"},    {SYS_sethostname, "b"},
    {SYS_setdomainname, "b"}, {SYS_finit_module, ".s"},     {SYS_unshare, ""},
    {SYS_setns, ""},          {SYS_setsid, ""},             {SYS_kill, ""},
    {SYS_umask, ""},          {SYS_prctl, ""},              {SYS_setresgid, ""},
    {SYS_setresuid, ""},      {SYS_personality, ""},        {SYS_ioprio_set, ""},
    {SYS_sched_setaffinity, "..B"}, {SYS_setsockopt, "...b"}, {SYS_rt_sigaction, ".t"},
};

void read_arguments(const char* shape, const long (&arguments)[6]) {
  for (size_t i = 0; shape[i] != '\0'; i++) {
    switch (shape[i]) {
      case 's': read_string(arguments[i]); break;
      case 'S':
        if (arguments[i] != 0) read_string(arguments[i]);
        break;
      case 'b': read_bytes(arguments[i], static_cast<size_t>(arguments[i + 1])); break;
      case 'B': read_bytes(arguments[i], static_cast<size_t>(arguments[i - 1])); break;
      case 't': read_bytes(arguments[i], 32); break;
      default: break;
    }
  }
}

void read_filter(long address) {
  sock_fprog filter;
  std::memcpy(&filter, reinterpret_cast<const void*>(address), sizeof filter);
  FUZZ_REQUIRE(filter.len > 0 && filter.len <= BPF_MAXINSNS, "installs a filter that can't be");
  read_bytes(reinterpret_cast<long>(filter.filter), filter.len * sizeof(sock_filter));
}

void read_interface_request(long address) {
  ifreq request;
  std::memcpy(&request, reinterpret_cast<const void*>(address), sizeof request);
  FUZZ_REQUIRE(std::memchr(request.ifr_name, 0, IFNAMSIZ) != nullptr, "names an interface without an end");
  read_bytes(reinterpret_cast<long>(request.ifr_data), 2 * sizeof(uint32_t));
}

// struct sched_attr begins with its own size.
void read_sized(long address) {
  uint32_t length_bytes;
  std::memcpy(&length_bytes, reinterpret_cast<const void*>(address), sizeof length_bytes);
  read_bytes(address, length_bytes);
}

}  // namespace

auto answer_plain_call(long number, const long (&arguments)[6], long& result) -> bool {
  for (const auto& [known, shape] : shapes) {
    if (known != number) continue;
    read_arguments(shape, arguments);
    result = kernel.outcome();
    return true;
  }
  switch (number) {
    case SYS_rt_sigprocmask: read_bytes(arguments[1], sizeof(uint64_t)); break;
    case SYS_prlimit64: read_bytes(arguments[2], 2 * sizeof(uint64_t)); break;
    case SYS_setgroups: read_bytes(arguments[1], static_cast<size_t>(arguments[0]) * sizeof(uint32_t)); break;
    case SYS_sched_setattr: read_sized(arguments[1]); break;
    case SYS_seccomp: read_filter(arguments[2]); break;
    case SYS_capset:
      read_bytes(arguments[0], sizeof(__user_cap_header_struct));
      read_bytes(arguments[1], _LINUX_CAPABILITY_U32S_3 * sizeof(__user_cap_data_struct));
      break;
    case SYS_keyctl:
      if (arguments[0] == KEYCTL_JOIN_SESSION_KEYRING) read_string(arguments[1]);
      break;
    case SYS_ioctl:
      if (arguments[1] == SIOCETHTOOL) read_interface_request(arguments[2]);
      break;
    default: return false;
  }
  result = kernel.outcome();
  // A thread that could not be brought along, the serial number of a keyring.
  if (result == 0 && (number == SYS_seccomp || number == SYS_keyctl)) result = kernel.answers.next_byte();
  return true;
}

}  // namespace firstborn::fuzz
