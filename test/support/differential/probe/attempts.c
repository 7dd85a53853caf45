#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static int outcome(long result) { return result < 0 ? errno : 0; }

static const struct {
  const char *name;
  unsigned long flag;
} namespaces[] = {
    {"user", CLONE_NEWUSER}, {"mount", CLONE_NEWNS}, {"pid", CLONE_NEWPID},       {"net", CLONE_NEWNET},
    {"ipc", CLONE_NEWIPC},   {"uts", CLONE_NEWUTS},  {"cgroup", CLONE_NEWCGROUP}, {"time", 0x80},
};

static unsigned long namespace_flag(const char *name) {
  for (unsigned index = 0; index < sizeof namespaces / sizeof *namespaces; index++) {
    if (strcmp(name, namespaces[index].name) == 0) return namespaces[index].flag;
  }
  return 0;
}

static int attempt_unshare(char *words) { return outcome(unshare((int)namespace_flag(words))); }

static int attempt_clone(char *words) {
  long child = syscall(SYS_clone, namespace_flag(words) | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  return outcome(child);
}

static int attempt_mount(char *path) {
  int error = outcome(mount("probe", path, "tmpfs", 0, NULL));
  if (error == 0) umount2(path, MNT_DETACH);
  return error;
}

static int attempt_remount_writable(char *path) {
  return outcome(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL));
}

static int attempt_unmount(char *path) { return outcome(umount2(path, MNT_DETACH)); }

/* "TYPE:MAJOR:MINOR:PATH". Opening the node that was made is what the device rules decide; its errno is the answer
   then, shifted so that the two can be told apart. */
static int attempt_mknod(char *words) {
  char type, path[256];
  unsigned device_major, device_minor;
  if (sscanf(words, "%c:%u:%u:%255s", &type, &device_major, &device_minor, path) != 4) return EINVAL;
  mode_t mode = (type == 'b' ? S_IFBLK : type == 'c' ? S_IFCHR : S_IFIFO) | 0600;
  if (mknod(path, mode, makedev(device_major, device_minor)) != 0) return errno;
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  int error = fd < 0 ? errno : 0;
  unlink(path);
  return error == 0 ? 0 : error + 1000;
}

/* "r:PATH", "w:PATH" or "rw:PATH". */
static int attempt_open(char *words) {
  char *path = strchr(words, ':');
  if (path == NULL) return EINVAL;
  int access = strncmp(words, "rw:", 3) == 0 ? O_RDWR : words[0] == 'w' ? O_WRONLY : O_RDONLY;
  return outcome(open(path + 1, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

static int attempt_create(char *path) {
  int error = outcome(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (error == 0) unlink(path);
  return error;
}

/* "PATH:BYTES": as many bytes in a new file, for limits on sizes. */
static int attempt_fill(char *words) {
  char *size = strrchr(words, ':');
  if (size == NULL) return EINVAL;
  *size = '\0';
  signal(SIGXFSZ, SIG_IGN);
  int fd = open(words, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  int error = posix_fallocate(fd, 0, strtoll(size + 1, NULL, 10));
  unlink(words);
  return error;
}

static int attempt_chmod(char *path) {
  struct stat file;
  return outcome(stat(path, &file) != 0 ? -1 : chmod(path, file.st_mode & 07777));
}

static int attempt_chown(char *path) { return outcome(chown(path, 12345, 12345)); }

/* Success is only seen from outside, as the end of the program's own output. */
static int attempt_exec(char *path) {
  char *words[] = {path, "true", NULL};
  char *no_variables[] = {NULL};
  return outcome(execve(path, words, no_variables));
}

static int attempt_hostname(char *name) { return outcome(sethostname(name, strlen(name))); }
static int attempt_setuid(char *id) { return outcome(setuid((uid_t)atoi(id))); }
static int attempt_setgroups(char *id) {
  gid_t group = (gid_t)atoi(id);
  return outcome(setgroups(1, &group));
}
static int attempt_chroot(char *path) { return outcome(chroot(path)); }
static int attempt_signal(char *pid) { return outcome(kill(atoi(pid), 0)); }
static int attempt_trace(char *pid) { return outcome(ptrace(PTRACE_SEIZE, atoi(pid), 0, 0)); }
static int attempt_nice(char *value) { return outcome(setpriority(PRIO_PROCESS, 0, atoi(value))); }

static const struct {
  const char *name;
  int (*run)(char *words);
} attempts[] = {
    {"unshare", attempt_unshare}, {"clone", attempt_clone}, {"mount", attempt_mount},
    {"remount-writable", attempt_remount_writable}, {"unmount", attempt_unmount}, {"mknod", attempt_mknod},
    {"open", attempt_open}, {"create", attempt_create}, {"fill", attempt_fill}, {"chmod", attempt_chmod},
    {"chown", attempt_chown}, {"exec", attempt_exec}, {"hostname", attempt_hostname}, {"setuid", attempt_setuid},
    {"setgroups", attempt_setgroups}, {"chroot", attempt_chroot}, {"signal", attempt_signal},
    {"trace", attempt_trace}, {"nice", attempt_nice}, {"syscall", attempt_system_call},
    {"syscall32", attempt_system_call_32},
};

/* The child's one word to its parent. */
static int answer_fd;

static void tell(int error, bool trapped) {
  int answer[2] = {error, trapped};
  if (write(answer_fd, answer, sizeof answer) < 0) _exit(1);
}

static void on_bad_system_call(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  tell(info->si_errno, true);
  _exit(0);
}

static void run_attempt(const char *what) {
  char words[1024];
  snprintf(words, sizeof words, "%s", what);
  char *arguments = strchr(words, ':');
  if (arguments != NULL) *arguments++ = '\0';
  else arguments = words + strlen(words);
  struct sigaction action = {.sa_sigaction = on_bad_system_call, .sa_flags = SA_SIGINFO};
  sigaction(SIGSYS, &action, NULL);
  for (unsigned index = 0; index < sizeof attempts / sizeof *attempts; index++) {
    if (strcmp(words, attempts[index].name) == 0) {
      tell(attempts[index].run(arguments), false);
      _exit(0);
    }
  }
  _exit(2);
}

static void describe(const char *key, ssize_t length, const int answer[2], int status) {
  char text[64];
  if (length == 2 * sizeof(int)) {
    if (answer[1]) snprintf(text, sizeof text, "trapped with %d", answer[0]);
    else if (answer[0] > 1000) snprintf(text, sizeof text, "made, open: %s", errno_name(answer[0] - 1000));
    else snprintf(text, sizeof text, "%s", answer[0] == 0 ? "ok" : errno_name(answer[0]));
  } else if (WIFSIGNALED(status)) {
    snprintf(text, sizeof text, "killed by SIG%s", sigabbrev_np(WTERMSIG(status)));
  } else {
    snprintf(text, sizeof text, "exited %d", WEXITSTATUS(status));
  }
  json_text(key, text);
}

void answer_attempt(const char *key, const char *what) {
  int ends[2], answer[2], status = 0;
  if (pipe2(ends, O_CLOEXEC) != 0) {
    json_text(key, errno_name(errno));
    return;
  }
  pid_t child = fork();
  if (child == 0) {
    answer_fd = ends[1];
    run_attempt(what);
  }
  int error = errno;
  close(ends[1]);
  ssize_t length = read(ends[0], answer, sizeof answer);
  close(ends[0]);
  if (child < 0) {
    json_text(key, error == EAGAIN ? "no process: EAGAIN" : errno_name(error));
    return;
  }
  waitpid(child, &status, 0);
  describe(key, length, answer, status);
}
