// The operations of a plan as functions. Each returns 0 or a positive errno value and is async-signal-safe.
#pragma once

#include "../interpreter.h"
#include "../plan_format.h"
#include "../raw_syscall.h"

namespace firstborn {

// What a running plan holds.
struct Machine {
  const Observer& observer;
  uint32_t operation = 0;
  // Whether the observer's last word was that execve comes next.
  bool execution_announced = false;
  // Descriptors that the plan opened, -1 for an empty slot.
  int slots[slot_count];

  explicit Machine(const Observer& its_observer);
  ~Machine();
  Machine(const Machine&) = delete;
  auto operator=(const Machine&) -> Machine& = delete;

  // Puts a descriptor into a slot and closes the one that was there. Passes on a negative result as errno.
  auto fill_slot(uint64_t slot, long fd) -> int;
  // Moves the observer's descriptor or a slot's away from `fd`, which is about to become something else.
  auto make_room(int fd) -> int;
  // Tells the observer that execve comes next, unless that was its last word already.
  void announce_execution();
  // The lowest descriptor from `first` on that is the observer's or in a slot; UINT32_MAX when there is none.
  [[nodiscard]] auto next_kept_descriptor(uint32_t first) const -> uint32_t;
};

#define OPERATION(name, code, signature) auto name(Machine& machine, const Argument* arguments) -> int;
namespace operations {
FIRSTBORN_OPERATIONS(OPERATION)
}
#undef OPERATION

}  // namespace firstborn
