#define _GNU_SOURCE
#include "c_init.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { hardened = MS_NOSUID | MS_NODEV | MS_NOEXEC, last_capability = 40 };
/* What Docker leaves a container. */
static const uint64_t kept_capabilities = 0xa80425fb;
static const char root_cgroup[] = "/sys/fs/cgroup";

int make_cgroup(void)
{
	char path[128];
	const char *levels[] = {"", "/containers", "/containers/main"};
	for (size_t level = 0; level < sizeof levels / sizeof levels[0]; level += 1) {
		snprintf(path, sizeof path, "%s%s", root_cgroup, levels[level]);
		if (level > 0)
			CHECK(mkdir(path, 0755), path);
		snprintf(path, sizeof path, "%s%s/cgroup.subtree_control", root_cgroup, levels[level]);
		write_optional_file(path, "+cpu +memory +pids +io");
	}
	write_optional_file("/sys/fs/cgroup/containers/main/memory.max", "402653184");
	write_optional_file("/sys/fs/cgroup/containers/main/pids.max", "1000");
	CHECK(mkdir("/sys/fs/cgroup/containers/main/main", 0755), "main");
	int fd = open("/sys/fs/cgroup/containers/main/main", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd, "/sys/fs/cgroup/containers/main/main");
	return fd;
}

static void make_devices(void)
{
	static const struct {
		const char *path;
		unsigned minor, major;
	} devices[] = {{"/dev/null", 3, 1}, {"/dev/zero", 5, 1},   {"/dev/full", 7, 1},
		       {"/dev/tty", 0, 5},  {"/dev/random", 8, 1}, {"/dev/urandom", 9, 1}};
	for (size_t index = 0; index < sizeof devices / sizeof devices[0]; index += 1)
		CHECK(mknod(devices[index].path, S_IFCHR | 0666, makedev(devices[index].major, devices[index].minor)),
		      devices[index].path);
	CHECK(symlink("/proc/self/fd", "/dev/fd"), "/dev/fd");
	CHECK(symlink("pts/ptmx", "/dev/ptmx"), "/dev/ptmx");
}

static void mount_inside(const char *type, const char *target, unsigned long flags, const char *data)
{
	mkdir(target, 0755);
	CHECK(mount(type, target, type, flags, data), target);
}

/* pivot_root(2) refuses an initramfs: the root is moved over it. */
static void enter_root(void)
{
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "/");
	CHECK(unshare(CLONE_NEWCGROUP), "cgroup");
	CHECK(chdir("/newroot"), "/newroot");
	CHECK(mount(".", "/", NULL, MS_MOVE, NULL), "/");
	CHECK(chroot("."), ".");
	CHECK(chdir("/"), "/");
	mount_inside("proc", "/proc", hardened, NULL);
	mount_inside("tmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=755,size=65536k");
	mount_inside("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
	mount_inside("tmpfs", "/dev/shm", hardened, "mode=1777,size=65536k");
	mount_inside("mqueue", "/dev/mqueue", hardened, NULL);
	mount_inside("sysfs", "/sys", hardened | MS_RDONLY, NULL);
	mount_inside("cgroup2", "/sys/fs/cgroup", hardened | MS_RDONLY | MS_RELATIME, NULL);
	make_devices();
}

static void drop_privileges(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
	struct __user_cap_data_struct data[2] = {{0}};
	for (int capability = 0; capability <= last_capability; capability += 1) {
		if ((kept_capabilities >> capability & 1) == 0)
			prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	}
	data[0].effective = data[0].permitted = (uint32_t)kept_capabilities;
	CHECK(syscall(SYS_capset, &header, data), "capabilities");
}

int start_container(int cgroup_fd, const char *program)
{
	struct clone_args arguments = {
		.flags = CLONE_INTO_CGROUP | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup_fd,
	};
	long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
	CHECK(pid, "container");
	if (pid > 0)
		return (int)pid;
	CHECK(setsid(), "session");
	enter_root();
	drop_privileges();
	char *const words[] = {(char *)program, "once", NULL};
	char *const environment[] = {"PATH=/bin:/usr/bin", NULL};
	execve(program, words, environment);
	fail("execute", program);
}
