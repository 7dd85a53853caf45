#include "c_init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

enum { report_bytes = 8192 };
static const char workload[] = "/bin/workload";

void fail(const char *what, const char *name)
{
	dprintf(2, "Cannot %s \"%s\": %s\n", what, name, strerror(errno));
	reboot(RB_POWER_OFF);
	_exit(125);
}

static int write_whole(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t length = (ssize_t)strlen(text);
	int result = write(fd, text, (size_t)length) == length ? 0 : -1;
	close(fd);
	return result;
}

void write_file(const char *path, const char *text)
{
	CHECK(write_whole(path, text), path);
}

void write_optional_file(const char *path, const char *text)
{
	(void)write_whole(path, text);
}

/* What the workload can't see from its own pid namespace. */
static void report_memory(void)
{
	char text[report_bytes];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text);
	dprintf(1, "init\n%.*send\nreported\n", (int)(length < 0 ? 0 : length), text);
	close(fd);
}

int main(void)
{
	mount_early();
	load_modules();
	assemble_root();
	CHECK(sethostname("bench", 5), "bench");
	configure_network();
	int cgroup_fd = make_cgroup();
	start_container(cgroup_fd, workload);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
	report_memory();
	for (;;)
		pause();
}
