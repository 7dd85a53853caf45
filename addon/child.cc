// SAFETY: everything here runs between clone and exec, in a copy of a process whose other threads are gone
// and may have held any lock: raw system calls and the stack only. The addon is linked with -z now, so no
// call here meets the dynamic linker either.

#include "child.h"

#include "handshake.h"
#include "interpreter.h"
#include "signals.h"

namespace firstborn {

namespace {

constexpr int plan_failed_status = 125;

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
  raw_syscall(SYS_exit_group, status);
  // A seccomp filter may forbid that, and this, too. A fault ends a process that can do nothing else.
  raw_syscall(SYS_exit, status);
  __builtin_trap();
}

// Waits for one byte. When the parent is gone, or has closed its end, nobody wants what would come next.
auto wait_for_parent(void* context, uint32_t operation, uint32_t stage) -> int {
  const int fd = *static_cast<int*>(context);
  write_record(fd, {HandshakeKind::waiting, operation, stage});
  char byte;
  long received;
  do {
    received = raw_syscall(SYS_read, fd, &byte, sizeof byte);
  } while (received == -EINTR);
  if (received != sizeof byte) exit_now(plan_failed_status);
  return 0;
}

}  // namespace

void run_child(const ValidPlan& plan, int handshake_fd) {
  reset_all_signals();
  const Observer observer{
      .context = &handshake_fd,
      .warned = report_warning,
      .executing = report_executing,
      .wait = wait_for_parent,
      .descriptor = &handshake_fd,
  };
  const auto failure = run_plan(plan, observer);
  if (failure) {
    write_record(handshake_fd, {HandshakeKind::failure, failure->operation,
                                static_cast<uint32_t>(failure->error)});
    exit_now(plan_failed_status);
  }
  write_record(handshake_fd, {HandshakeKind::ended, 0, 0});
  exit_now(0);
}

}  // namespace firstborn
