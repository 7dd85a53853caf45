// The fuzzer's target: the validator, the interpreter and what a spawned child does around it, whole, on a
// kernel of our own. An input is a plan, as long as its header says, and behind it the kernel's answers.

#include <cerrno>
#include <cstring>
#include <memory>

#include "../../addon/child.h"
#include "../../addon/interpreter.h"
#include "fake_kernel.h"
#include "finding.h"
#include "input.h"

namespace firstborn::fuzz {

namespace {

void add_record(HandshakeKind kind, uint32_t operation, uint32_t error) {
  kernel.log.add({kind, operation, error});
}

// As process 1 runs its own plans: nobody waits at the other end of a handshake.
void run_in_caller(const ValidPlan& plan) {
  const Observer observer{
      .context = nullptr,
      .warned = [](void*, OperationFailure failure) {
        add_record(HandshakeKind::warning, failure.operation, static_cast<uint32_t>(failure.error));
      },
      .executing = [](void*, uint32_t operation) { add_record(HandshakeKind::executing, operation, 0); },
      .wait = [](void*, uint32_t, uint32_t) { return ENOTSUP; },
      .descriptor = nullptr,
  };
  const auto failure = run_plan(plan, observer);
  if (failure) {
    add_record(HandshakeKind::failure, failure->operation, static_cast<uint32_t>(failure->error));
  } else {
    add_record(HandshakeKind::ended, 0, 0);
  }
  kernel.descriptors.require_no_leak();
}

void run(const ValidPlan& plan, Answers answers) {
  // The first answer is how the plan is run; 0 is a child.
  const uint8_t way = answers.next_byte();
  const bool in_child = way % 2 == 0;
  const int handshake = (way / 2) % DescriptorTable::inherited_count;
  constexpr uint8_t stubborn_kernel = 64;
  if ((way & stubborn_kernel) != 0) answers.repeat_last();
  kernel.reset(plan, answers, in_child ? handshake : -1);
  if (setjmp(kernel.end) != 0) return;
  if (in_child) run_child(plan, handshake);
  run_in_caller(plan);
}

}  // namespace

}  // namespace firstborn::fuzz

extern "C" auto LLVMFuzzerTestOneInput(const uint8_t* data, size_t length_bytes) -> int {
  using namespace firstborn;
  const fuzz::InputParts parts = fuzz::split_input({data, length_bytes});
  // An allocation of exactly this size: one byte too far is an error.
  const std::unique_ptr<std::byte[]> exact(new std::byte[parts.plan.size()]);
  if (!parts.plan.empty()) std::memcpy(exact.get(), parts.plan.data(), parts.plan.size());
  const auto plan = validate_plan({exact.get(), parts.plan.size()});
  if (plan) fuzz::run(*plan, fuzz::Answers(parts.answers));
  return 0;
}
