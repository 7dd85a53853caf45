#pragma once

#include <cstdint>

#include "plan_validator.h"
#include "system_error.h"
#include "unique_fd.h"

namespace firstborn {

struct SpawnedChild {
  int pid;
  UniqueFd pidfd;
  // The parent's end of the handshake socket, non-blocking. See handshake.h.
  UniqueFd handshake;
};

// The CLONE_NEW* flags that spawn takes.
constexpr uint64_t namespace_flags_mask = 0x7e020080;

struct SpawnPlace {
  // CLONE_NEW* flags.
  uint64_t namespaces;
  // A cgroup2 directory, or -1.
  int cgroup_fd;
  // A pidfd of a process whose pid namespace the child is to be in, or -1.
  int pid_namespace_fd;
};

// Starts a child by clone3(2) that runs `plan`, in the place given.
// The child starts with default signal dispositions and an empty mask. It exits with 0 when the plan ends
// without execve and with 125 when an operation fails.
auto spawn_child(const ValidPlan& plan, const SpawnPlace& place) -> Result<SpawnedChild>;

// Lets a child go on that waits in await_parent. EPIPE when it has ended.
auto continue_child(int handshake_fd) -> Result<void>;

}  // namespace firstborn
