// Makes processes by order. Each line on standard input is an order, and each is answered with a line:
//
//   children N   /bin/true is started N times, each after the end of the one before
//   orphans N    N times a child starts a grandchild and ends, so that somebody else has to reap the grandchild; over
//                when all of them are reaped
//
// The answer: free memory at the start, the least free memory in between, and the largest resident size of process 1
// so far, all in bytes: "100000000 90000000 4096". A failure is answered with "failed: " and its reason, and ends the
// program with 1; the end of the orders ends it with 0.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { order_bytes = 64, status_bytes = 4096, samples_apart = 50, spare_processes = 8 };
enum { longest_wait_ms = 120 * 1000 };

static unsigned long lowest_free_bytes;

static _Noreturn void fail(const char* what) {
  printf("failed: %s: %s\n", what, strerror(errno));
  fflush(stdout);
  exit(1);
}

static struct sysinfo look_at_machine(void) {
  struct sysinfo machine;
  if (sysinfo(&machine) < 0) fail("sysinfo");
  return machine;
}

static unsigned long free_bytes(void) {
  const struct sysinfo machine = look_at_machine();
  return machine.freeram * machine.mem_unit;
}

static void note_free_memory(void) {
  const unsigned long now = free_bytes();
  if (now < lowest_free_bytes) lowest_free_bytes = now;
}

static unsigned long peak_of_process_1(void) {
  static char text[status_bytes];
  const int fd = open("/proc/1/status", O_RDONLY);
  const ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (length < 0) fail("/proc/1/status");
  close(fd);
  text[length] = 0;
  const char* line = strstr(text, "VmHWM:");
  return line == NULL ? 0 : strtoul(line + strlen("VmHWM:"), NULL, 10) * 1024;
}

static pid_t start(void) {
  const pid_t child = fork();
  if (child < 0) fail("fork");
  return child;
}

static void await(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, 0) != child) fail("waitpid");
  if (status != 0) fail("a child's exit status");
}

static void make_child(void) {
  const pid_t child = start();
  if (child == 0) {
    execl("/bin/true", "true", NULL);
    _exit(127);
  }
  await(child);
}

static void make_orphan(void) {
  const pid_t child = start();
  if (child == 0) {
    const pid_t grandchild = fork();
    _exit(grandchild < 0 ? 1 : 0);
  }
  await(child);
}

// Those that have ended and are not reaped count as well. The kernel's own threads come and go.
static void await_reaping(unsigned before) {
  const struct timespec pause = {.tv_nsec = 1000 * 1000};
  for (int waited_ms = 0; look_at_machine().procs > before + spare_processes; waited_ms++) {
    if (waited_ms == longest_wait_ms) {
      errno = ETIMEDOUT;
      fail("the reaping of all orphans");
    }
    note_free_memory();
    nanosleep(&pause, NULL);
  }
}

static void obey(const char* word, long count) {
  void (*make)(void) = strcmp(word, "orphans") == 0 ? make_orphan : make_child;
  const unsigned processes = look_at_machine().procs;
  const unsigned long free_before = free_bytes();
  lowest_free_bytes = free_before;
  for (long made = 0; made < count; made++) {
    make();
    if (made % samples_apart == 0) note_free_memory();
  }
  await_reaping(processes);
  note_free_memory();
  printf("%lu %lu %lu\n", free_before, lowest_free_bytes, peak_of_process_1());
  fflush(stdout);
}

int main(void) {
  char order[order_bytes];
  while (fgets(order, sizeof order, stdin) != NULL) {
    char word[order_bytes];
    long count = 0;
    if (sscanf(order, "%63s %ld", word, &count) != 2) {
      errno = EINVAL;
      fail("the order");
    }
    obey(word, count);
  }
  return 0;
}
