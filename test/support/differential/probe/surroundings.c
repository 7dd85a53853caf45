#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

static void report_namespaces(void) {
  static const char *const kinds[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};
  json_open("namespaces", '{');
  for (unsigned index = 0; index < sizeof kinds / sizeof *kinds; index++) {
    char path[64];
    struct stat file;
    snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[index]);
    if (stat(path, &file) == 0) json_number(kinds[index], (long long)file.st_ino);
  }
  json_close('}');
}

/* Both generations: which of them is there depends on the machine. */
static const char *const control_files[] = {
    "cgroup.type", "cpu.idle", "cpu.max", "cpu.max.burst", "cpu.weight", "cpuset.cpus", "cpuset.mems", "io.max",
    "io.weight", "memory.high", "memory.low", "memory.max", "memory.swap.max", "pids.max",
    "blkio/blkio.throttle.read_bps_device", "blkio/blkio.throttle.read_iops_device",
    "blkio/blkio.throttle.write_bps_device", "blkio/blkio.throttle.write_iops_device",
    "cpu/cpu.cfs_period_us", "cpu/cpu.cfs_quota_us", "cpu/cpu.idle", "cpu/cpu.shares", "cpuset/cpuset.cpus",
    "cpuset/cpuset.mems", "memory/memory.limit_in_bytes", "memory/memory.memsw.limit_in_bytes",
    "memory/memory.soft_limit_in_bytes", "pids/pids.max",
};

static void report_control_groups(void) {
  answer_read("controlGroups", "/proc/self/cgroup");
  json_open("controlFiles", '{');
  for (unsigned index = 0; index < sizeof control_files / sizeof *control_files; index++) {
    char path[128], text[4096];
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s", control_files[index]);
    ssize_t length = read_whole(path, text, sizeof text);
    if (length >= 0) json_bytes(control_files[index], text, (size_t)length);
  }
  json_close('}');
}

static void report_devices_below(const char *directory) {
  struct dirent **entries;
  int count = scandir(directory, &entries, NULL, alphasort);
  for (int index = 0; index < count; index++) {
    const char *name = entries[index]->d_name;
    char path[512];
    struct stat file;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && lstat(path, &file) == 0) {
      report_file(path, path);
      if (S_ISDIR(file.st_mode)) report_devices_below(path);
    }
    free(entries[index]);
  }
  if (count >= 0) free(entries);
}

static void report_names(void) {
  struct utsname names;
  uname(&names);
  json_text("hostname", names.nodename);
  json_text("domainname", names.domainname);
  json_text("machine", names.machine);
}

void report_surroundings(void) {
  char directory[4096];
  json_text("cwd", getcwd(directory, sizeof directory) == NULL ? errno_name(errno) : directory);
  report_names();
  report_namespaces();
  report_control_groups();
  answer_read("mounts", "/proc/self/mountinfo");
  answer_read("timeOffsets", "/proc/self/timens_offsets");
  answer_read("uidMap", "/proc/self/uid_map");
  answer_read("gidMap", "/proc/self/gid_map");
  report_file("root", "/");
  json_open("devices", '{');
  report_devices_below("/dev");
  json_close('}');
}
