#include "spawn.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>

#include <optional>

#include "handshake.h"
#include "interpreter.h"
#include "pid_namespace.h"
#include "signals.h"

namespace firstborn {

namespace {

constexpr int plan_failed_status = 125;

// SAFETY: everything below until spawn_child runs between clone and exec, in a copy of a process whose other
// threads are gone and may have held any lock: raw system calls and the stack only. The addon is linked with
// -z now, so no call here meets the dynamic linker either.

void write_record(int fd, HandshakeRecord record) {
  while (raw_syscall(SYS_write, fd, &record, sizeof record) == -EINTR) {
  }
}

void report_warning(void* context, OperationFailure failure) {
  write_record(*static_cast<int*>(context),
               {HandshakeKind::warning, failure.operation, static_cast<uint32_t>(failure.error)});
}

void report_executing(void* context, uint32_t operation) {
  write_record(*static_cast<int*>(context), {HandshakeKind::executing, operation, 0});
}

[[noreturn]] void exit_now(int status) {
  for (;;) raw_syscall(SYS_exit_group, status);
}

[[noreturn]] void run_child(const ValidPlan& plan, int handshake_fd) {
  reset_all_signals();
  const Observer observer{&handshake_fd, report_warning, report_executing, &handshake_fd};
  const auto failure = run_plan(plan, observer);
  if (failure) {
    write_record(handshake_fd, {HandshakeKind::failure, failure->operation,
                                static_cast<uint32_t>(failure->error)});
    exit_now(plan_failed_status);
  }
  write_record(handshake_fd, {HandshakeKind::ended, 0, 0});
  exit_now(0);
}

}  // namespace

auto spawn_child(const ValidPlan& plan, const SpawnPlace& place) -> Result<SpawnedChild> {
  int pipe_fds[2];
  if (const long made = raw_syscall(SYS_pipe2, pipe_fds, O_CLOEXEC); made < 0) {
    return std::unexpected(SystemError{"pipe2", error_of(made)});
  }
  UniqueFd read_end(pipe_fds[0]);
  const UniqueFd write_end(pipe_fds[1]);
  // Only the reader's end: a child with many warnings waits for its parent, it does not lose them.
  raw_syscall(SYS_fcntl, read_end.get(), F_SETFL, O_NONBLOCK);

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
    raw_syscall(SYS_close, read_end.get());
    run_child(plan, write_end.get());
  }
  exchange_signal_mask(mask);
  visit.reset();
  if (pid < 0) return std::unexpected(SystemError{"clone3", error_of(pid)});
  return SpawnedChild{static_cast<int>(pid), UniqueFd(pidfd), std::move(read_end)};
}

}  // namespace firstborn
