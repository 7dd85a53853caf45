// Makes system calls and prints what came of each, one word per line: the result, or -errno. An argument of the
// program is a call, "number,argument,...", all of them decimal; "i386:number" makes it through the 32-bit entry of
// x86-64.
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

constexpr char compat_prefix[] = "i386:";
constexpr int max_arguments = 6;

long call_compat([[maybe_unused]] unsigned long number) {
#ifdef __x86_64__
  long result = static_cast<long>(number);
  // The 32-bit entry leaves r8 to r11 undefined.
  asm volatile("int $0x80" : "+a"(result) : "b"(0), "c"(0), "d"(0), "S"(0), "D"(0) : "memory", "r8", "r9", "r10", "r11");
  return static_cast<int32_t>(result);
#else
  return -ENOSYS;
#endif
}

long call_native(const char* text) {
  char* rest = nullptr;
  const unsigned long number = strtoul(text, &rest, 10);
  unsigned long arguments[max_arguments] = {};
  for (int index = 0; index < max_arguments && *rest == ','; index += 1) arguments[index] = strtoul(rest + 1, &rest, 10);
  const long result = syscall(static_cast<long>(number), arguments[0], arguments[1], arguments[2], arguments[3],
                              arguments[4], arguments[5]);
  return result == -1 ? -errno : result;
}

}  // namespace

int main(int count, char** words) {
  for (int index = 1; index < count; index += 1) {
    const char* word = words[index];
    const size_t prefix_length = sizeof compat_prefix - 1;
    const bool compat = strncmp(word, compat_prefix, prefix_length) == 0;
    printf("%ld\n", compat ? call_compat(strtoul(word + prefix_length, nullptr, 10)) : call_native(word));
    fflush(stdout);
  }
}
