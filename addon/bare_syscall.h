// A system call without a C library, for programs that have none. A result from -4095 to -1 is an errno value
// negated.
#pragma once

namespace firstborn {

#if defined(__x86_64__)

inline auto bare_syscall(long number, long a, long b, long c, long d, long e, long f) -> long {
  register long fourth __asm__("r10") = d;
  register long fifth __asm__("r8") = e;
  register long sixth __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                   : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

inline auto bare_syscall(long number, long a, long b, long c, long d, long e, long f) -> long {
  register long result __asm__("x0") = a;
  register long second __asm__("x1") = b;
  register long third __asm__("x2") = c;
  register long fourth __asm__("x3") = d;
  register long fifth __asm__("x4") = e;
  register long sixth __asm__("x5") = f;
  register long call __asm__("x8") = number;
  __asm__ volatile("svc #0"
                   : "+r"(result)
                   : "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth), "r"(call)
                   : "memory");
  return result;
}

#else
#error "system calls without a C library are known for x86-64 and arm64"
#endif

}  // namespace firstborn
