#include "spawn.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/socket.h>

#include <optional>

#include "child.h"
#include "pid_namespace.h"
#include "signals.h"

namespace firstborn {

auto spawn_child(const ValidPlan& plan, const SpawnPlace& place) -> Result<SpawnedChild> {
  int ends[2];
  if (const long made = raw_syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends); made < 0) {
    return std::unexpected(SystemError{"socketpair", error_of(made)});
  }
  UniqueFd parents_end(ends[0]);
  const UniqueFd childs_end(ends[1]);
  // Only the parent's end: a child with many warnings waits for its parent, it does not lose them.
  raw_syscall(SYS_fcntl, parents_end.get(), F_SETFL, O_NONBLOCK);

  int pidfd = -1;
  clone_args request{};
  request.flags = CLONE_PIDFD | place.namespaces;
  request.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  request.exit_signal = SIGCHLD;
  if (place.cgroup_fd >= 0) {
    request.flags |= CLONE_INTO_CGROUP;
    request.cgroup = static_cast<uint64_t>(place.cgroup_fd);
  }
  std::optional<PidNamespaceVisit> visit;
  if (place.pid_namespace_fd >= 0) {
    auto begun = PidNamespaceVisit::begin(place.pid_namespace_fd);
    if (!begun) return std::unexpected(begun.error());
    visit.emplace(std::move(*begun));
  }
  // No handler of ours may run in the child before it has reset them.
  const uint64_t mask = exchange_signal_mask(every_signal);
  const long pid = raw_syscall(SYS_clone3, &request, sizeof request);
  if (pid == 0) {
    raw_syscall(SYS_close, parents_end.get());
    run_child(plan, childs_end.get());
  }
  exchange_signal_mask(mask);
  visit.reset();
  if (pid < 0) return std::unexpected(SystemError{"clone3", error_of(pid)});
  return SpawnedChild{static_cast<int>(pid), UniqueFd(pidfd), std::move(parents_end)};
}

auto continue_child(int handshake_fd) -> Result<void> {
  const char byte = 1;
  return checked_void("sendto", raw_syscall(SYS_sendto, handshake_fd, &byte, sizeof byte,
                                            MSG_NOSIGNAL | MSG_DONTWAIT, nullptr, 0));
}

}  // namespace firstborn
