// Operations that hand programs to the kernel: seccomp filters and device programs. SAFETY: raw system calls and
// the stack, nothing else.

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "../unique_fd.h"
#include "operations.h"

namespace firstborn::operations {

namespace {

static_assert(sizeof(sock_filter) == 8 && sizeof(bpf_insn) == 8);
constexpr size_t instruction_bytes = 8;

auto is_program(const Argument& program, size_t most_instructions) -> bool {
  const size_t instructions = program.length_bytes / instruction_bytes;
  return program.length_bytes % instruction_bytes == 0 && instructions > 0 && instructions <= most_instructions;
}

auto bpf(bpf_cmd command, const bpf_attr& attributes) -> long {
  return raw_syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

// The verifier gives up with EAGAIN when a signal comes in.
constexpr int max_load_attempts = 5;

auto load_device_program(const Argument& program) -> long {
  static constexpr char license[] = "Apache-2.0";  // calls no helper that asks for another
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insn_cnt = static_cast<uint32_t>(program.length_bytes / instruction_bytes);
  attributes.insns = reinterpret_cast<uint64_t>(program.bytes);
  attributes.license = reinterpret_cast<uint64_t>(license);
  long loaded = -EAGAIN;
  for (int attempt = 0; attempt < max_load_attempts && loaded == -EAGAIN; attempt++) {
    loaded = bpf(BPF_PROG_LOAD, attributes);
  }
  return loaded;
}

}  // namespace

auto set_seccomp_filter(Machine& machine, const Argument* arguments) -> int {
  const Argument& program = arguments[0];
  const uint32_t flags = arguments[1].as_u32();
  if (!is_program(program, max_seccomp_instructions)) return EINVAL;
  // It would leave a descriptor that nobody asked for.
  if ((flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0) return EINVAL;
  // The filter may forbid write(2), so what is to be said before execve is said now.
  machine.announce_execution();
  const sock_fprog filter{
      static_cast<unsigned short>(program.length_bytes / instruction_bytes),
      const_cast<sock_filter*>(reinterpret_cast<const sock_filter*>(program.bytes)),
  };
  const long result = raw_syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
  // With SECCOMP_FILTER_FLAG_TSYNC a positive result is a thread that could not be brought along.
  return result > 0 ? ESRCH : error_of(result);
}

auto attach_device_program(Machine&, const Argument* arguments) -> int {
  if (!is_program(arguments[1], max_device_instructions)) return EINVAL;
  const long opened =
      raw_syscall(SYS_openat, AT_FDCWD, arguments[0].as_string(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (opened < 0) return error_of(opened);
  const UniqueFd cgroup(opened);
  const long loaded = load_device_program(arguments[1]);
  if (loaded < 0) return error_of(loaded);
  const UniqueFd program(loaded);
  bpf_attr attributes{};
  attributes.target_fd = static_cast<uint32_t>(cgroup.get());
  attributes.attach_bpf_fd = static_cast<uint32_t>(program.get());
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  return error_of(bpf(BPF_PROG_ATTACH, attributes));
}

}  // namespace firstborn::operations
