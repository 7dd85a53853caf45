/*
 * The smallest init that does for a container what Firstborn does: the lower bound of the comparison, not a product.
 * Whatever fails ends the machine with one line; nothing is supervised but one child.
 */
#pragma once

#include <stddef.h>

/* Prints `Cannot WHAT "NAME": reason`, and powers the machine off. */
__attribute__((noreturn)) void fail(const char *what, const char *name);

/* Ends with `fail` unless the call has succeeded. */
#define CHECK(call, name)                                                                                            \
	do {                                                                                                         \
		if ((call) < 0)                                                                                      \
			fail(#call, name);                                                                           \
	} while (0)

/* Writes all of `text` into an existing file. */
void write_file(const char *path, const char *text);
/* A file that may be missing with this kernel. */
void write_optional_file(const char *path, const char *text);

/* The modules that /modules names, a path in each line; none without that file. */
void load_modules(void);

/* devtmpfs, proc, sysfs, cgroup2, /run, devpts, shm, mqueue; the links in /dev. */
void mount_early(void);
/* The disk of this virtio serial, or `fail`. Gives its path in /dev, which is static. */
const char *find_disk(const char *serial);
/* The config disk read, the image below an overlay at /newroot. */
void assemble_root(void);

/* Loopback, both addresses of eth0 and both default routes. */
void configure_network(void);

/* The cgroup of the container with its limits. Gives a descriptor for clone3(2). */
int make_cgroup(void);
/* Starts the program in namespaces and a cgroup of its own. */
int start_container(int cgroup_fd, const char *program);
