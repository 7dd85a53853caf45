// Preloaded in front of the C library: stands between the addon and calls that would change the machine. The
// clock stands still at one known time; setting it and reboot(2) are printed and not done, and the device mapper is a
// fake. INTERCEPT_FAIL is `NAME NTH ERRNO`: the nth call of that name fails so.

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "fake_device_mapper.h"

namespace {

constexpr timespec fake_now{1'000, 900'000'000};

long call_really(long number, const long (&words)[6]) {
  using Syscall = long (*)(long, ...);
  static const auto real = reinterpret_cast<Syscall>(dlsym(RTLD_NEXT, "syscall"));
  return real(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

long number_of(const char* name) {
  if (strcmp(name, "setns") == 0) return SYS_setns;
  if (strcmp(name, "ioctl") == 0) return SYS_ioctl;
  if (strcmp(name, "clock_settime") == 0) return SYS_clock_settime;
  abort();
}

// The errno that this call is to fail with, or 0.
int wanted_failure(long number) {
  static int calls = 0;
  char name[32];
  int nth = 0;
  int error = 0;
  const char* text = getenv("INTERCEPT_FAIL");
  if (text == nullptr || sscanf(text, "%31s %d %d", name, &nth, &error) != 3) return 0;
  return number == number_of(name) && ++calls == nth ? error : 0;
}

}  // namespace

extern "C" long syscall(long number, ...) noexcept {
  long words[6];
  va_list list;
  va_start(list, number);
  for (long& word : words) word = va_arg(list, long);
  va_end(list);
  if (const int error = wanted_failure(number); error != 0) {
    errno = error;
    return -1;
  }
  auto* time = reinterpret_cast<timespec*>(words[1]);
  if (number == SYS_clock_gettime && words[0] == CLOCK_REALTIME) {
    *time = fake_now;
    return 0;
  }
  if (number == SYS_clock_settime) {
    return printf("clock_settime %ld %ld.%09ld\n", words[0], time->tv_sec, time->tv_nsec), fflush(stdout), 0;
  }
  if (number == SYS_ioctl && is_device_mapper_request(static_cast<unsigned long>(words[1]))) {
    const long result =
        fake_device_mapper(static_cast<unsigned long>(words[1]), reinterpret_cast<void*>(words[2]));
    if (result == 0) return 0;
    errno = static_cast<int>(-result);
    return -1;
  }
  if (number == SYS_reboot) {
    return printf("reboot %lx %lx %lx\n", words[0], words[1], words[2]), fflush(stdout), 0;
  }
  return call_really(number, words);
}
