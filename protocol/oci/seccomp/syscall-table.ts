import type { SeccompArchitecture } from '../runtime-spec.ts';
import { aarch64Syscalls } from './syscalls-aarch64.ts';
import { armSyscalls } from './syscalls-arm.ts';
import { x32Syscalls } from './syscalls-x32.ts';
import { x86Syscalls } from './syscalls-x86.ts';
import { x86_64Syscalls } from './syscalls-x86-64.ts';

/** Set in the number of every x32 call; what is left is the number in the x32 table. linux/unistd.h, syscall(2). */
export const x32SyscallBit = 0x4000_0000;

/** The table of one architecture, as text: reading one costs nothing until `eachSyscall` walks it. */
export function syscallTable(architecture: SeccompArchitecture): string {
  switch (architecture) {
    case 'SCMP_ARCH_X86_64':
      return x86_64Syscalls;
    case 'SCMP_ARCH_X86':
      return x86Syscalls;
    case 'SCMP_ARCH_X32':
      return x32Syscalls;
    case 'SCMP_ARCH_AARCH64':
      return aarch64Syscalls;
    case 'SCMP_ARCH_ARM':
      return armSyscalls;
    default:
      return architecture satisfies never;
  }
}

const firstNonDigit = 0x3a;

/**
 * Calls `visit` for every syscall of a table, in the order of their numbers. A table is a list of words: a name has
 * the number after the last one's, a word of digits sets the number of the next name. Names never begin with a digit.
 */
export function eachSyscall(table: string, visit: (name: string, number: number) => void): void {
  let number = 0;
  for (const word of table.trim().split(/\s+/)) {
    if (word.charCodeAt(0) < firstNonDigit) {
      number = Number(word);
    } else {
      visit(word, number);
      number += 1;
    }
  }
}
