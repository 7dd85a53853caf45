/* System calls without a C library, for programs that must cost nothing but what they measure (syscall(2)). */
#pragma once

#include <stddef.h>
#include <sys/syscall.h>

static inline long system_call(long number, long a, long b, long c, long d, long e)
{
	register long r10 asm("r10") = d;
	register long r8 asm("r8") = e;
	long result;
	asm volatile("syscall"
		     : "=a"(result)
		     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
		     : "rcx", "r11", "memory");
	return result;
}

/* The kernel enters with argc on the stack, and without a frame (System V ABI, x86-64, 3.4.1). */
#define ENTRY(function)                                                                                              \
	asm(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall " #function "\n\tud2\n")
