// Runs a validated plan: one system call after the other, no heap, no locks, no state of libc but errno. It is
// async-signal-safe, so it may run between clone and exec in a process whose parent has many threads.
#pragma once

#include <cstdint>
#include <optional>

#include "plan_validator.h"

namespace firstborn {

struct OperationFailure {
  uint32_t operation;
  int error;
};

// What a run tells whoever started it while it goes on. Called with `context`; must be async-signal-safe when
// the interpreter has to be.
struct Observer {
  void* context;
  // An operation failed that was allowed to.
  void (*warned)(void* context, OperationFailure failure);
  // execve comes next, or a filter that may forbid to say so; when all works, this was the last word.
  void (*executing)(void* context, uint32_t operation);
  // The plan has come to `stage` and waits until whoever started it lets it go on. Returns 0 then, or an errno
  // value when there is nobody to wait for.
  auto (*wait)(void* context, uint32_t operation, uint32_t stage) -> int;
  // A descriptor that the observer needs, or nullptr. When the plan puts another descriptor onto its number it
  // is moved to a free one first and the number behind the pointer changes.
  int* descriptor;
};

// Runs the operations in order up to the first failure that no tolerance covers, which it returns. Descriptors
// in slots are closed at the end. Blocks for as long as the operations do. With `end_times_ms`, which has room for
// every operation, each one leaves there when it was over, in milliseconds of CLOCK_MONOTONIC.
auto run_plan(const ValidPlan& plan, const Observer& observer, double* end_times_ms = nullptr)
    -> std::optional<OperationFailure>;

}  // namespace firstborn
