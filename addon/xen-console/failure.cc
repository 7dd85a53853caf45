#include "failure.h"

#include "../raw_syscall.h"
#include "text.h"

namespace firstborn {

namespace {

constexpr int standard_error = 2;

struct NamedError {
  int number;
  std::string_view name;
};

// Those that Xen's devices are likely to give.
constexpr NamedError named_errors[] = {
    {EACCES, "EACCES"}, {EAGAIN, "EAGAIN"}, {EBUSY, "EBUSY"},   {EINVAL, "EINVAL"}, {EIO, "EIO"},
    {ENODEV, "ENODEV"}, {ENOENT, "ENOENT"}, {ENOMEM, "ENOMEM"}, {ENOSPC, "ENOSPC"}, {ENOSYS, "ENOSYS"},
    {ENXIO, "ENXIO"},   {EPERM, "EPERM"},   {EPIPE, "EPIPE"},
};

}  // namespace

void exit_with(ExitStatus status) {
  for (;;) raw_syscall(SYS_exit_group, static_cast<int>(status));
}

void say(std::string_view text) {
  Text<400> line;
  line.add("firstborn-xen-console: ").add(text).add("\n");
  raw_syscall(SYS_write, standard_error, line.view().data(), line.view().size());
}

void fail(std::string_view action, std::string_view subject, std::string_view error) {
  Text<300> line;
  line.add("cannot ").add(action).add(" \"").add(subject).add("\": ").add(error);
  say(line.view());
  exit_with(ExitStatus::failed);
}

void fail(std::string_view action, std::string_view subject, int error) {
  for (const NamedError& named : named_errors) {
    if (named.number == error) fail(action, subject, named.name);
  }
  Text<20> number;
  fail(action, subject, number.add("errno ").add(static_cast<uint32_t>(error)).view());
}

}  // namespace firstborn
