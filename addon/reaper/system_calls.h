// System calls without a C library. A result from -4095 to -1 is an errno value negated.
#pragma once

#include <sys/syscall.h>

#include "../program_start.h"

#if defined(__x86_64__)

static inline long system_call(long number, long a, long b, long c, long d, long e) {
  register long fourth __asm__("r10") = d;
  register long fifth __asm__("r8") = e;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
                   : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

static inline long system_call(long number, long a, long b, long c, long d, long e) {
  register long result __asm__("x0") = a;
  register long second __asm__("x1") = b;
  register long third __asm__("x2") = c;
  register long fourth __asm__("x3") = d;
  register long fifth __asm__("x4") = e;
  register long call __asm__("x8") = number;
  __asm__ volatile("svc #0"
                   : "+r"(result)
                   : "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(call)
                   : "memory");
  return result;
}

#else
#error "the reaper knows x86-64 and arm64"
#endif

static inline _Noreturn void exit_with(int status) {
  for (;;) {
    system_call(SYS_exit_group, status, 0, 0, 0, 0);
    __builtin_trap();
  }
}
