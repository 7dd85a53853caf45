// The kernel that answers the interpreter while it is fuzzed. It changes nothing outside of itself. It keeps
// to what the real one promises (a read is never longer than its buffer, a new descriptor has a free number)
// and answers everything else as the input says.
#pragma once

#include <csetjmp>
#include <cstdint>

#include "answers.h"
#include "descriptor_table.h"
#include "run_log.h"

namespace firstborn::fuzz {

struct FakeKernel {
  Answers answers;
  DescriptorTable descriptors;
  RunLog log;
  // Where execve and exit lead. The frames between hold descriptors of the fake table and nothing else, so no
  // destructor is missed.
  std::jmp_buf end;
  uint32_t call_count;
  // Of the last message that was sent.
  uint32_t netlink_sequence;
  bool parent_is_gone;

  // `handshake` is the child's end, -1 for a plan that runs in its caller.
  void reset(const ValidPlan& plan, Answers its_answers, int handshake);
  auto call(long number, const long (&arguments)[6]) -> long;

  // 0 or an errno value negated.
  auto outcome() -> long;
  [[noreturn]] void end_run() { std::longjmp(end, 1); }
};

// There is one, as there is one kernel.
extern FakeKernel kernel;

// Calls whose answer is no more than that it worked or did not. False when `number` is not among them.
auto answer_plain_call(long number, const long (&arguments)[6], long& result) -> bool;
// The same for calls about messages and files' contents.
auto answer_data_call(long number, const long (&arguments)[6], long& result) -> bool;
// The same for calls that look for a disk; asked before those about messages.
auto answer_disk_call(long number, const long (&arguments)[6], long& result) -> bool;

}  // namespace firstborn::fuzz
