// Where the kernel enters a program without a C library, in C or C++. It leaves argc, argv and the environment on the
// stack; `begin` wants them as an argument.
#pragma once

#if defined(__x86_64__)

__asm__(
    ".globl _start\n"
    "_start:\n"
    "  xor %ebp, %ebp\n"
    "  mov %rsp, %rdi\n"
    "  and $-16, %rsp\n"
    "  call begin\n");

#elif defined(__aarch64__)

__asm__(
    ".globl _start\n"
    "_start:\n"
    "  mov x29, #0\n"
    "  mov x30, #0\n"
    "  mov x0, sp\n"
    "  bl begin\n");

#else
#error "programs without a C library are known for x86-64 and arm64"
#endif
