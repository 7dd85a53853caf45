#include "c_init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { max_path_bytes = 256 };

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd, path);
	if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
		fail("load", path);
	close(fd);
}

void load_modules(void)
{
	char path[max_path_bytes];
	FILE *list = fopen("/modules", "re");
	if (list == NULL)
		return;
	while (fgets(path, sizeof path, list) != NULL) {
		path[strcspn(path, "\n")] = '\0';
		load_module(path);
	}
	fclose(list);
}
