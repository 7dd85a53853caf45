#include "probe.h"

#include <linux/capability.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void report_ids(void) {
  uid_t uids[3];
  gid_t gids[3], groups[256];
  getresuid(&uids[0], &uids[1], &uids[2]);
  getresgid(&gids[0], &gids[1], &gids[2]);
  json_open("uids", '[');
  for (int index = 0; index < 3; index++) json_number(NULL, uids[index]);
  json_number(NULL, setfsuid((uid_t)-1));
  json_close(']');
  json_open("gids", '[');
  for (int index = 0; index < 3; index++) json_number(NULL, gids[index]);
  json_number(NULL, setfsgid((gid_t)-1));
  json_close(']');
  json_open("groups", '[');
  int count = getgroups(256, groups);
  for (int index = 0; index < count; index++) json_number(NULL, groups[index]);
  json_close(']');
}

static void report_capabilities(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {0};
  unsigned long long bounding = 0, ambient = 0;
  syscall(SYS_capget, &header, data);
  for (unsigned capability = 0; capability < 64; capability++) {
    if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1) bounding |= 1ULL << capability;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) == 1) ambient |= 1ULL << capability;
  }
  json_open("capabilities", '{');
  json_hex("bounding", bounding);
  json_hex("effective", data[0].effective | (uint64_t)data[1].effective << 32);
  json_hex("permitted", data[0].permitted | (uint64_t)data[1].permitted << 32);
  json_hex("inheritable", data[0].inheritable | (uint64_t)data[1].inheritable << 32);
  json_hex("ambient", ambient);
  json_close('}');
}

static void report_signals(void) {
  /* As the kernel has it: the C library hides the signals that it uses itself. */
  struct {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
  } action;
  uint64_t blocked = 0, ignored = 0, caught = 0;
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, sizeof blocked);
  for (int number = 1; number <= 64; number++) {
    if (syscall(SYS_rt_sigaction, number, NULL, &action, sizeof action.mask) != 0) continue;
    if (action.handler == (void *)SIG_IGN) ignored |= 1ULL << (number - 1);
    else if (action.handler != (void *)SIG_DFL) caught |= 1ULL << (number - 1);
  }
  json_open("signals", '{');
  json_hex("blocked", blocked);
  json_hex("ignored", ignored);
  json_hex("caught", caught);
  json_close('}');
}

/* The number behind `name:` in /proc/self/status, -1 without one. */
static long long status_field(const char *name) {
  char text[8192];
  if (read_whole("/proc/self/status", text, sizeof text) < 0) return -1;
  const char *line = strstr(text, name);
  long long value;
  return line != NULL && sscanf(line + strlen(name), ":%lld", &value) == 1 ? value : -1;
}

/* Containers that share a session's keyring can read each other's keys. */
static void report_keyring(void) {
  char text[256] = "";
  long length =
      syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof text - 1, 0);
  json_text("sessionKeyring", length < 0 ? "none" : text);
}

void report_credentials(void) {
  report_ids();
  report_capabilities();
  report_signals();
  report_keyring();
  mode_t mask = umask(0);
  umask(mask);
  json_number("umask", mask);
  json_number("securebits", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
  json_number("noNewPrivileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  json_number("seccompMode", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
  json_number("seccompFilters", status_field("Seccomp_filters"));
  json_number("dumpable", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
  json_number("keepCapabilities", prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));
  json_number("transparentHugePagesOff", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
  json_number("timerSlackNs", prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
  int parent_death_signal = -1, subreaper = -1;
  prctl(PR_GET_PDEATHSIG, &parent_death_signal, 0, 0, 0);
  prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
  json_number("parentDeathSignal", parent_death_signal);
  json_number("childSubreaper", subreaper);
  json_hex("personality", (unsigned)personality(0xffffffff));
  json_number("pid", getpid());
  json_number("parent", getppid());
  json_number("session", getsid(0));
  json_number("processGroup", getpgrp());
}
