// The end of most plans. SAFETY: raw system calls and the stack, nothing else.

#include "operations.h"

namespace firstborn::operations {

namespace {

// The pointer array that execve wants. Two of them take 64 KiB of stack.
class PointerTable {
 public:
  explicit PointerTable(const Argument& list) {
    const char* element = list.bytes;
    for (uint64_t i = 0; i < list.number; i++) element = next_list_string(element, pointers_[i]);
    pointers_[list.number] = nullptr;
  }

  [[nodiscard]] auto data() const -> const char* const* { return pointers_; }

 private:
  const char* pointers_[max_list_entries + 1];
};

}  // namespace

// The rules of execvp(3), except that a file without a known format is an error and not a shell script.
auto execute(Machine& machine, const Argument* arguments) -> int {
  const PointerTable argv(arguments[1]);
  const PointerTable environment(arguments[2]);
  machine.announce_execution();
  bool access_was_denied = false;
  const char* element = arguments[0].bytes;
  for (uint64_t i = 0; i < arguments[0].number; i++) {
    const char* candidate = nullptr;
    element = next_list_string(element, candidate);
    const int error = error_of(raw_syscall(SYS_execve, candidate, argv.data(), environment.data()));
    if (error == EACCES) {
      access_was_denied = true;
    } else if (error != ENOENT && error != ENOTDIR) {
      return error;
    }
  }
  return access_was_denied ? EACCES : ENOENT;
}

}  // namespace firstborn::operations
