#include "fake_kernel.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>

#include <cerrno>

#include "../../addon/raw_syscall.h"
#include "finding.h"
#include "memory.h"

namespace firstborn {

auto fake_kernel_call(long number, const long (&arguments)[6]) -> long {
  return fuzz::kernel.call(number, arguments);
}

namespace fuzz {

namespace {

// More than the longest input can ask for: an operation that makes this many waits for something for ever.
constexpr uint32_t most_calls = 1'000'000;

// Answers from here on are failures.
constexpr uint8_t first_failure = 160;
constexpr int failures[] = {EINTR,  EAGAIN, ENOENT,  EEXIST, EACCES, EPERM,  EINVAL, ENOSYS, EBADF,
                            ENOTDIR, EMFILE, ENOMEM, ENOSPC, EBUSY,  EROFS,  ELOOP,  EPIPE,  ECONNRESET};

auto new_descriptor() -> long {
  const long failure = kernel.outcome();
  return failure != 0 ? failure : kernel.descriptors.open(Owner::interpreter);
}

auto control_descriptor(long fd, long command, long argument) -> long {
  const long failure = kernel.outcome();
  if (failure != 0) return failure;
  switch (command) {
    case F_DUPFD_CLOEXEC: return kernel.descriptors.move(fd, argument);
    case F_SETFD: return kernel.descriptors.clear_cloexec(fd);
    case F_SETFL: return 0;
    default: FUZZ_REQUIRE(false, "asks fcntl for something that the fake kernel does not know");
  }
}

auto program_call(long command, const bpf_attr& attributes) -> long {
  if (command == BPF_PROG_ATTACH) return kernel.outcome();
  read_string(static_cast<long>(attributes.license));
  read_bytes(static_cast<long>(attributes.insns), attributes.insn_cnt * sizeof(bpf_insn));
  return new_descriptor();
}

auto execute_program(const long (&arguments)[6]) -> long {
  read_string(arguments[0]);
  read_strings(arguments[1]);
  read_strings(arguments[2]);
  const long failure = kernel.outcome();
  if (failure != 0) return failure;
  FUZZ_REQUIRE(kernel.log.says_executing(), "executes and did not say so");
  kernel.descriptors.require_cloexec();
  kernel.end_run();
}

auto exit_process(bool may_fail) -> long {
  FUZZ_REQUIRE(kernel.log.says_end() || kernel.parent_is_gone, "exits and did not say why");
  if (may_fail && kernel.outcome() != 0) return -EPERM;
  kernel.end_run();
}

}  // namespace

FakeKernel kernel;

void FakeKernel::reset(const ValidPlan& plan, Answers its_answers, int handshake) {
  forget_unwritten();
  answers = its_answers;
  descriptors.reset(handshake);
  log.reset(plan);
  call_count = 0;
  netlink_sequence = 0;
  parent_is_gone = false;
}

auto FakeKernel::outcome() -> long {
  const bool again = answers.used_up();
  const uint8_t answer = answers.next_byte();
  if (answer < first_failure) return 0;
  const int error = failures[(answer - first_failure) % std::size(failures)];
  // Signals come to an end, and calls are right to begin again until then.
  return again && error == EINTR ? 0 : -error;
}

auto FakeKernel::call(long number, const long (&arguments)[6]) -> long {
  forget_unwritten();
  FUZZ_REQUIRE(++call_count < most_calls, "does not come to an end");
  long result = 0;
  if (answer_plain_call(number, arguments, result)) return result;
  if (answer_disk_call(number, arguments, result)) return result;
  if (answer_data_call(number, arguments, result)) return result;
  switch (number) {
    case SYS_openat:
      read_string(arguments[1]);
      FUZZ_REQUIRE((arguments[2] & O_CLOEXEC) != 0, "opens a file without O_CLOEXEC");
      return new_descriptor();
    case SYS_open_tree:
      read_string(arguments[1]);
      FUZZ_REQUIRE((arguments[2] & O_CLOEXEC) != 0, "opens a tree without OPEN_TREE_CLOEXEC");
      return new_descriptor();
    case SYS_socket: return new_descriptor();
    case SYS_bpf:
      read_bytes(arguments[1], static_cast<size_t>(arguments[2]));
      return program_call(arguments[0], *reinterpret_cast<const bpf_attr*>(arguments[1]));
    case SYS_close: return descriptors.close(arguments[0]);
    case SYS_close_range: {
      const long failure = outcome();
      return failure != 0 ? failure
                          : descriptors.close_range(static_cast<unsigned long>(arguments[0]),
                                                    static_cast<unsigned long>(arguments[1]));
    }
    case SYS_dup3: {
      const long failure = outcome();
      return failure != 0 ? failure : descriptors.duplicate(arguments[0], arguments[1]);
    }
    case SYS_fcntl: return control_descriptor(arguments[0], arguments[1], arguments[2]);
    case SYS_execve: return execute_program(arguments);
    case SYS_exit_group: return exit_process(true);
    case SYS_exit: return exit_process(false);
    default: FUZZ_REQUIRE(false, "makes a system call that the fake kernel does not know");
  }
}

}  // namespace fuzz

}  // namespace firstborn
