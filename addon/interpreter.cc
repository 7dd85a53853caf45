#include "interpreter.h"

#include <fcntl.h>
#include <time.h>

#include <cstring>

#include "operations/operations.h"

namespace firstborn {

namespace {

auto run_operation(Machine& machine, uint16_t opcode, const std::byte* record) -> int {
  Argument arguments[max_arguments]{};
  switch (opcode) {
#define OPERATION(name, code, signature)              \
  case code:                                          \
    decode_arguments(record, signature, arguments);   \
    return operations::name(machine, arguments);
    FIRSTBORN_OPERATIONS(OPERATION)
#undef OPERATION
    default: return ENOSYS;  // validate_plan has refused it
  }
}

auto is_accepted(const RecordHeader& header, int error) -> bool {
  for (const uint16_t accepted : header.accepted) {
    if (accepted != 0 && accepted == error) return true;
  }
  return false;
}

// A copy of `fd` on another number, CLOEXEC. Negative errno when there is none.
auto move_descriptor(int fd) -> long {
  // Numbers below this are those that plans hand to workloads.
  constexpr int first_free_number = 64;
  long moved = raw_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, first_free_number);
  // A low RLIMIT_NOFILE: any number will do.
  if (moved == -EINVAL || moved == -EMFILE) moved = raw_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 0);
  if (moved >= 0) raw_syscall(SYS_close, fd);
  return moved;
}

auto monotonic_ms() -> double {
  timespec now{};
  raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  constexpr double ms_per_second = 1e3;
  constexpr double ns_per_ms = 1e6;
  return static_cast<double>(now.tv_sec) * ms_per_second + static_cast<double>(now.tv_nsec) / ns_per_ms;
}

}  // namespace

Machine::Machine(const Observer& its_observer) : observer(its_observer) {
  for (int& slot : slots) slot = -1;
}

Machine::~Machine() {
  for (const int slot : slots) {
    if (slot >= 0) raw_syscall(SYS_close, slot);
  }
}

auto Machine::fill_slot(uint64_t slot, long fd) -> int {
  if (fd < 0) return error_of(fd);
  if (slots[slot] >= 0) raw_syscall(SYS_close, slots[slot]);
  slots[slot] = static_cast<int>(fd);
  return 0;
}

auto Machine::make_room(int fd) -> int {
  if (observer.descriptor != nullptr && *observer.descriptor == fd) {
    const long moved = move_descriptor(fd);
    if (moved < 0) return error_of(moved);
    *observer.descriptor = static_cast<int>(moved);
  }
  for (int& slot : slots) {
    if (slot != fd) continue;
    const long moved = move_descriptor(fd);
    if (moved < 0) return error_of(moved);
    slot = static_cast<int>(moved);
  }
  return 0;
}

void Machine::announce_execution() {
  if (execution_announced) return;
  execution_announced = true;
  observer.executing(observer.context, operation);
}

auto Machine::next_kept_descriptor(uint32_t first) const -> uint32_t {
  uint32_t next = UINT32_MAX;
  const auto consider = [&](int fd) {
    if (fd >= 0 && static_cast<uint32_t>(fd) >= first && static_cast<uint32_t>(fd) < next) {
      next = static_cast<uint32_t>(fd);
    }
  };
  if (observer.descriptor != nullptr) consider(*observer.descriptor);
  for (const int slot : slots) consider(slot);
  return next;
}

auto run_plan(const ValidPlan& plan, const Observer& observer, double* end_times_ms)
    -> std::optional<OperationFailure> {
  Machine machine(observer);
  const std::byte* record = plan.first_record();
  for (uint32_t i = 0; i < plan.operation_count(); i++) {
    RecordHeader header;
    std::memcpy(&header, record, sizeof header);
    machine.operation = i;
    const int error = run_operation(machine, header.opcode, record);
    if (end_times_ms != nullptr) end_times_ms[i] = monotonic_ms();
    if (error != 0 && !is_accepted(header, error)) {
      const OperationFailure failure{i, error};
      if ((header.flags & warn_flag) == 0) return failure;
      machine.execution_announced = false;
      observer.warned(observer.context, failure);
    }
    record += header.length_bytes;
  }
  return std::nullopt;
}

}  // namespace firstborn
