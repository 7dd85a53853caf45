/*
 * The first program of a measured machine (rdinit=/mark): its first instruction is the kernel's jump to user space.
 * It becomes /init as the kernel would have started it.
 */
#include "freestanding.h"

ENTRY(mark_main);

__attribute__((noreturn, used)) void mark_main(long *stack)
{
	char **arguments = (char **)(stack + 1);
	char **environment = arguments + stack[0] + 1;
	arguments[0] = "/init";
	system_call(SYS_execve, (long)arguments[0], (long)arguments, (long)environment, 0, 0);
	for (;;)
		system_call(SYS_exit_group, 127, 0, 0, 0, 0);
}
