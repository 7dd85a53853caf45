// Operations on how the kernel schedules the process and what it pretends to be. They change the calling thread
// only, which is all there is in a spawned child. SAFETY: raw system calls and the stack, nothing else.

#include <linux/sched/types.h>

#include <cstring>

#include "operations.h"

namespace firstborn::operations {

namespace {

// Of linux/ioprio.h, which is no C++ in some versions of Linux's headers: it names a parameter "class".
constexpr int io_priority_of_process = 1;  // IOPRIO_WHO_PROCESS

// The kernel goes by the size that the attributes tell of themselves; it must be the size that is there.
auto tells_its_size(const Argument& attributes) -> bool {
  uint32_t told_bytes = 0;
  std::memcpy(&told_bytes, attributes.bytes, sizeof told_bytes);
  return told_bytes == attributes.length_bytes;
}

}  // namespace

auto set_personality(Machine&, const Argument* arguments) -> int {
  constexpr uint32_t only_ask = 0xffffffff;
  if (arguments[0].as_u32() == only_ask) return EINVAL;
  return error_of(raw_syscall(SYS_personality, arguments[0].as_u32()));
}

auto set_scheduler(Machine&, const Argument* arguments) -> int {
  const Argument& given = arguments[0];
  if (given.length_bytes < SCHED_ATTR_SIZE_VER0 || given.length_bytes > SCHED_ATTR_SIZE_VER1 ||
      !tells_its_size(given)) {
    return EINVAL;
  }
  // A copy: when the kernel refuses the size it writes its own there, and plans are not written to.
  unsigned char attributes[SCHED_ATTR_SIZE_VER1]{};
  std::memcpy(attributes, given.bytes, given.length_bytes);
  return error_of(raw_syscall(SYS_sched_setattr, 0, attributes, 0));
}

auto set_io_priority(Machine&, const Argument* arguments) -> int {
  return error_of(raw_syscall(SYS_ioprio_set, io_priority_of_process, 0, arguments[0].as_u32()));
}

auto set_cpu_affinity(Machine&, const Argument* arguments) -> int {
  const Argument& mask = arguments[0];
  if (mask.length_bytes > max_cpu_mask_bytes) return EINVAL;
  return error_of(raw_syscall(SYS_sched_setaffinity, 0, mask.length_bytes, mask.bytes));
}

}  // namespace firstborn::operations
