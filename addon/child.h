// What a spawned child does until its program takes over.
#pragma once

#include "plan_validator.h"

namespace firstborn {

// Resets all signals and runs the plan, telling the other end of `handshake_fd`, a blocking stream socket,
// how it goes (handshake.h). Returns never: the plan's execve replaces the process, or it exits, with 0 after
// a plan that came to its end and 125 after one that failed. Blocks for as long as the operations do and the
// parent lets it wait.
[[noreturn]] void run_child(const ValidPlan& plan, int handshake_fd);

}  // namespace firstborn
