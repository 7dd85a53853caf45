// The first process of a machine whose runtime lies on a disk. It runs the plan that lies beside it in the initramfs,
// which makes that disk appear and mounts it, and becomes the program there: the same process, with the words and the
// environment that the kernel has given. When anything of it fails it says so in one line and takes the power away.
//
// The plan's file is the plan and, right behind it, a line of text for each of its operations.

#include <fcntl.h>

#include <cstring>

#include "../interpreter.h"
#include "../unique_fd.h"
#include "complaint.h"
#include "../program_start.h"

namespace firstborn {

namespace {

constexpr char plan_path[] = FIRSTBORN_PLAN_PATH;
constexpr char next_program[] = FIRSTBORN_NEXT_PROGRAM;
constexpr size_t max_file_bytes = 64 * 1024;
constexpr int impossible_plan = EINVAL;

alignas(plan_alignment) char plan_file[max_file_bytes];

[[noreturn]] void give_up(const Line& line) {
  complain(Severity::error, line);
  power_off();
}

[[noreturn]] void give_up(std::string_view action, std::string_view path, int error) {
  Line line;
  line.add("Cannot ").add(action).add(" \"").add(path).add("\": ").add_error(error);
  give_up(line);
}

auto read_plan_file() -> size_t {
  const UniqueFd file(raw_syscall(SYS_openat, AT_FDCWD, plan_path, O_RDONLY | O_CLOEXEC, 0));
  if (file.get() < 0) give_up("open", plan_path, ENOENT);
  size_t length_bytes = 0;
  for (;;) {
    const long got = raw_syscall(SYS_read, file.get(), plan_file + length_bytes, max_file_bytes - length_bytes);
    if (got < 0) give_up("read", plan_path, error_of(got));
    if (got == 0) return length_bytes;
    length_bytes += static_cast<size_t>(got);
    if (length_bytes == max_file_bytes) give_up("read", plan_path, EFBIG);
  }
}

// What the plan's file says of an operation.
class Texts {
 public:
  explicit Texts(std::string_view lines) : lines_(lines) {}

  [[nodiscard]] auto of(uint32_t operation) const -> std::string_view {
    std::string_view rest = lines_;
    for (; operation > 0 && !rest.empty(); operation--) rest.remove_prefix(line_of(rest).size() + 1);
    return line_of(rest);
  }

 private:
  static auto line_of(std::string_view lines) -> std::string_view {
    const void* end = std::memchr(lines.data(), '\n', lines.size());
    return end == nullptr ? std::string_view() : lines.substr(0, static_cast<const char*>(end) - lines.data());
  }

  std::string_view lines_;
};

auto describe(const Texts& texts, OperationFailure failure) -> Line {
  Line line;
  line.add("Cannot ").add(texts.of(failure.operation)).add(": ").add_error(failure.error);
  return line;
}

void run_plan_file(size_t length_bytes) {
  PlanHeader header{};
  if (length_bytes >= sizeof header) std::memcpy(&header, plan_file, sizeof header);
  if (header.length_bytes > length_bytes) give_up("use", plan_path, impossible_plan);
  const auto plan = validate_plan({reinterpret_cast<const std::byte*>(plan_file), header.length_bytes});
  if (!plan.has_value()) give_up("use", plan_path, impossible_plan);
  Texts texts({plan_file + header.length_bytes, length_bytes - header.length_bytes});
  const Observer observer{
      &texts,
      [](void* context, OperationFailure failure) {
        complain(Severity::warning, describe(*static_cast<Texts*>(context), failure));
      },
      [](void*, uint32_t) {},
      [](void*, uint32_t, uint32_t) -> int { return EPERM; },
      nullptr,
  };
  const auto failure = run_plan(*plan, observer);
  if (failure.has_value()) give_up(describe(texts, *failure));
}

}  // namespace

// Called by _start with what the kernel has put on the stack: argc, argv, NULL, environment, NULL.
extern "C" [[noreturn, gnu::used]] void begin(long* stack) {
  const long count = stack[0];
  long* const words = stack + 1;
  long* const environment = words + count + 1;
  run_plan_file(read_plan_file());
  const long result = raw_syscall(SYS_execve, next_program, words, environment);
  give_up("execute", next_program, error_of(result));
}

}  // namespace firstborn
