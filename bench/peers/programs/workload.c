/*
 * The workload of every measured machine. It says what the clock is at its start, lets the machine settle, prints what
 * the kernel tells of memory and of process 1, and sleeps for ever. With an argument it ends instead: its init then has
 * something to print, too.
 */
#include "freestanding.h"

#include <fcntl.h>
#include <time.h>

enum { settle_seconds = 3, buffer_bytes = 8192 };

ENTRY(workload_main);

static void print(const char *text, size_t length)
{
	system_call(SYS_write, 1, (long)text, (long)length, 0, 0);
}

static size_t format_number(char *end, unsigned long value)
{
	size_t length = 0;
	do {
		*--end = (char)('0' + value % 10);
		length += 1;
	} while ((value /= 10) != 0);
	return length;
}

/* What stands between the title and its end is the file as it is. */
static void print_file(const char *title, size_t title_length, const char *path)
{
	char buffer[buffer_bytes];
	long fd = system_call(SYS_openat, AT_FDCWD, (long)path, O_RDONLY, 0, 0);
	if (fd < 0)
		return;
	print(title, title_length);
	for (;;) {
		long length = system_call(SYS_read, fd, (long)buffer, sizeof buffer, 0, 0);
		if (length <= 0)
			break;
		print(buffer, (size_t)length);
	}
	print("end\n", 4);
	system_call(SYS_close, fd, 0, 0, 0, 0);
}

static void print_start(unsigned long nanoseconds)
{
	char line[40] = "workload ";
	char digits[24];
	size_t length = format_number(digits + sizeof digits, nanoseconds);
	for (size_t index = 0; index < length; index += 1)
		line[9 + index] = digits[sizeof digits - length + index];
	line[9 + length] = '\n';
	print(line, 10 + length);
}

__attribute__((noreturn, used)) void workload_main(const long *stack)
{
	struct timespec now = {0, 0};
	system_call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0, 0, 0);
	print_start((unsigned long)now.tv_sec * 1000000000UL + (unsigned long)now.tv_nsec);
	struct timespec settle = {settle_seconds, 0};
	system_call(SYS_nanosleep, (long)&settle, 0, 0, 0, 0);
	/* Only where nobody has mounted it yet: a machine without any mounts. */
	if (system_call(SYS_access, (long)"/proc/meminfo", 0, 0, 0, 0) != 0)
		system_call(SYS_mount, (long)"proc", (long)"/proc", (long)"proc", 0, 0);
	print_file("meminfo\n", 8, "/proc/meminfo");
	print_file("process 1\n", 10, "/proc/1/status");
	print("settled\n", 8);
	if (stack[0] > 1)
		system_call(SYS_exit_group, 0, 0, 0, 0, 0);
	for (;;)
		system_call(SYS_pause, 0, 0, 0, 0, 0);
}
