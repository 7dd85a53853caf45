#include "probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

/* A number above what any of our configurations allows; asking each is safe without /proc. */
enum { highest_fd = 4096 };

static const char *kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFIFO: return "pipe";
    case S_IFSOCK: return "socket";
    case S_IFCHR: return "character device";
    case S_IFBLK: return "block device";
    case S_IFDIR: return "directory";
    case S_IFREG: return "file";
    case S_IFLNK: return "link";
    default: return "anonymous";
  }
}

static void report_descriptor(int fd, const struct stat *file) {
  json_open(NULL, '{');
  json_number("fd", fd);
  json_text("kind", kind_of(file->st_mode));
  json_number("owner", file->st_uid);
  json_number("access", fcntl(fd, F_GETFL) & O_ACCMODE);
  json_bool("nonBlocking", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  json_bool("closeOnExec", (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  if (S_ISCHR(file->st_mode)) {
    json_number("major", major(file->st_rdev));
    json_number("minor", minor(file->st_rdev));
    json_number("mode", file->st_mode & 07777);
  }
  json_close('}');
}

static void report_terminal(void) {
  struct winsize size;
  struct termios settings;
  if (!isatty(STDIN_FILENO)) return;
  json_open("terminal", '{');
  if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) {
    json_number("height", size.ws_row);
    json_number("width", size.ws_col);
  }
  if (tcgetattr(STDIN_FILENO, &settings) == 0) {
    json_hex("inputFlags", settings.c_iflag);
    json_hex("outputFlags", settings.c_oflag);
    json_hex("controlFlags", settings.c_cflag);
    json_hex("localFlags", settings.c_lflag);
  }
  char name[64];
  json_text("name", ttyname_r(STDIN_FILENO, name, sizeof name) == 0 ? name : "unnamed");
  json_bool("controls", tcgetsid(STDIN_FILENO) == getsid(0));
  json_bool("foreground", tcgetpgrp(STDIN_FILENO) == getpgrp());
  json_close('}');
}

void report_descriptors(void) {
  struct stat file;
  json_open("descriptors", '[');
  for (int fd = 0; fd < highest_fd; fd++) {
    if (fstat(fd, &file) == 0) report_descriptor(fd, &file);
  }
  json_close(']');
  report_terminal();
}
