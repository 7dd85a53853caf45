#include "c_init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { path_bytes = 320, config_bytes = 65536, disk_attempts = 1000, disk_pause_us = 1000 };
enum { hardened = MS_NOSUID | MS_NODEV | MS_NOEXEC };

static void make_directory(const char *path, mode_t mode)
{
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		fail("make", path);
}

static void make_mount(const char *type, const char *target, unsigned long flags, const char *data)
{
	make_directory(target, 0755);
	if (mount(type, target, type, flags, data) < 0 && errno != EBUSY)
		fail("mount", target);
}

void mount_early(void)
{
	make_mount("devtmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=0755");
	make_mount("proc", "/proc", hardened, NULL);
	make_mount("sysfs", "/sys", hardened, NULL);
	make_mount("cgroup2", "/sys/fs/cgroup", hardened | MS_RELATIME, "nsdelegate");
	make_mount("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755");
	make_mount("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=0620,ptmxmode=0666");
	make_mount("tmpfs", "/dev/shm", hardened, "mode=1777");
	make_mount("mqueue", "/dev/mqueue", hardened, NULL);
	CHECK(symlink("/proc/self/fd", "/dev/fd"), "/dev/fd");
	CHECK(symlink("/proc/self/fd/0", "/dev/stdin"), "/dev/stdin");
	CHECK(symlink("/proc/self/fd/1", "/dev/stdout"), "/dev/stdout");
	CHECK(symlink("/proc/self/fd/2", "/dev/stderr"), "/dev/stderr");
}

static int has_serial(const char *disk, const char *serial)
{
	char path[path_bytes], found[32] = "";
	snprintf(path, sizeof path, "/sys/block/%s/serial", disk);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t length = read(fd, found, sizeof found - 1);
	close(fd);
	return length > 0 && strncmp(found, serial, strlen(serial)) == 0;
}

const char *find_disk(const char *serial)
{
	static char device[path_bytes];
	for (int attempt = 0; attempt < disk_attempts; attempt += 1) {
		DIR *disks = opendir("/sys/block");
		for (struct dirent *disk; disks != NULL && (disk = readdir(disks)) != NULL;) {
			if (disk->d_name[0] != 'v' || !has_serial(disk->d_name, serial))
				continue;
			snprintf(device, sizeof device, "/dev/%s", disk->d_name);
			closedir(disks);
			return device;
		}
		if (disks != NULL)
			closedir(disks);
		usleep(disk_pause_us);
	}
	fail("find the disk", serial);
}

static void read_config(void)
{
	static char text[config_bytes];
	make_directory("/config", 0755);
	CHECK(mount(find_disk("firstborn-config"), "/config", "squashfs", MS_RDONLY | hardened, NULL), "/config");
	int fd = open("/config/launch.json", O_RDONLY | O_CLOEXEC);
	CHECK(fd, "/config/launch.json");
	CHECK(read(fd, text, sizeof text), "/config/launch.json");
	close(fd);
}

void assemble_root(void)
{
	read_config();
	for (const char *const *path = (const char *const[]){"/image", "/overlay", "/newroot", NULL}; *path != NULL; path += 1)
		make_directory(*path, 0755);
	CHECK(mount(find_disk("firstborn-root"), "/image", "squashfs", MS_RDONLY | MS_NODEV, NULL), "/image");
	make_mount("tmpfs", "/overlay", MS_NOSUID | MS_NODEV, "mode=0755,size=50%");
	make_directory("/overlay/upper", 0755);
	make_directory("/overlay/work", 0755);
	make_mount("overlay", "/newroot", MS_NODEV | MS_NOATIME,
		   "lowerdir=/image,upperdir=/overlay/upper,workdir=/overlay/work");
}
