#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

ssize_t read_whole(const char *path, char *buffer, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return -1;
  size_t length = 0;
  ssize_t count;
  while (length < size - 1 && (count = read(fd, buffer + length, size - 1 - length)) > 0) length += (size_t)count;
  int error = count < 0 ? errno : 0;
  close(fd);
  buffer[length] = '\0';
  errno = error;
  return error == 0 ? (ssize_t)length : -1;
}

static void report_error(const char *key, int error) {
  json_open(key, '{');
  json_text("error", errno_name(error));
  json_close('}');
}

void answer_read(const char *key, const char *path) {
  static char text[1 << 16];
  ssize_t length = read_whole(path, text, sizeof text);
  if (length < 0) report_error(key, errno);
  else json_bytes(key, text, (size_t)length);
}

static const char *type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "directory";
    case S_IFLNK: return "link";
    case S_IFCHR: return "c";
    case S_IFBLK: return "b";
    case S_IFIFO: return "p";
    default: return "socket";
  }
}

void report_file(const char *key, const char *path) {
  struct stat file;
  if (lstat(path, &file) != 0) {
    report_error(key, errno);
    return;
  }
  json_open(key, '{');
  json_text("type", type_of(file.st_mode));
  json_number("mode", file.st_mode & 07777);
  json_number("uid", file.st_uid);
  json_number("gid", file.st_gid);
  if (S_ISCHR(file.st_mode) || S_ISBLK(file.st_mode)) {
    json_number("major", major(file.st_rdev));
    json_number("minor", minor(file.st_rdev));
  }
  char target[4096];
  ssize_t length = readlink(path, target, sizeof target);
  if (length >= 0) json_bytes("target", target, (size_t)length);
  json_close('}');
}

void answer_stat(const char *key, const char *path) { report_file(key, path); }

static int entries_of(const char *path, struct dirent ***entries) {
  int count = scandir(path, entries, NULL, alphasort);
  return count;
}

static bool is_dots(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

void answer_list(const char *key, const char *path) {
  struct dirent **entries;
  int count = entries_of(path, &entries);
  if (count < 0) {
    report_error(key, errno);
    return;
  }
  json_open(key, '[');
  for (int index = 0; index < count; index++) {
    if (!is_dots(entries[index]->d_name)) json_text(NULL, entries[index]->d_name);
    free(entries[index]);
  }
  json_close(']');
  free(entries);
}

/* What is left of a path that may be masked: can it be read, and does it tell anything. */
void answer_masked(const char *key, const char *path) {
  struct stat file;
  if (stat(path, &file) != 0) {
    report_error(key, errno);
    return;
  }
  json_open(key, '{');
  json_text("type", type_of(file.st_mode));
  json_bool("nullDevice", S_ISCHR(file.st_mode) && file.st_rdev == makedev(1, 3));
  if (S_ISDIR(file.st_mode)) {
    struct dirent **entries;
    json_bool("empty", entries_of(path, &entries) == 2);
  } else {
    char first[2];
    ssize_t length = read_whole(path, first, sizeof first);
    json_bool("empty", length == 0);
    if (length < 0) json_text("read", errno_name(errno));
  }
  json_close('}');
}
