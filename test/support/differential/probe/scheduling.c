#include "probe.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const limit_names[] = {
    "RLIMIT_CPU",     "RLIMIT_FSIZE", "RLIMIT_DATA",    "RLIMIT_STACK",      "RLIMIT_CORE",  "RLIMIT_RSS",
    "RLIMIT_NPROC",   "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS",         "RLIMIT_LOCKS", "RLIMIT_SIGPENDING",
    "RLIMIT_MSGQUEUE", "RLIMIT_NICE",  "RLIMIT_RTPRIO",  "RLIMIT_RTTIME",
};

static void report_limits(void) {
  json_open("rlimits", '{');
  for (unsigned resource = 0; resource < sizeof limit_names / sizeof *limit_names; resource++) {
    struct rlimit limit;
    char text[64];
    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0) continue;
    /* -1 is "no limit", as a config.json may say it. */
    snprintf(text, sizeof text, "%lld %lld", (long long)limit.rlim_cur, (long long)limit.rlim_max);
    json_text(limit_names[resource], text);
  }
  json_close('}');
}

/* struct sched_attr of sched_setattr(2), which glibc 2.36 does not declare. */
struct scheduling {
  uint32_t size_bytes;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime_ns;
  uint64_t deadline_ns;
  uint64_t period_ns;
  uint32_t utilisation_min;
  uint32_t utilisation_max;
};

static void report_scheduler(void) {
  struct scheduling attributes = {.size_bytes = sizeof attributes};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  json_open("scheduler", '{');
  json_number("policy", attributes.policy);
  json_number("flags", (long long)attributes.flags);
  json_number("nice", attributes.nice);
  json_number("priority", attributes.priority);
  /* Other policies report their time slice there, which is the kernel's business. */
  bool deadline = attributes.policy == 6;
  json_number("runtimeNs", deadline ? (long long)attributes.runtime_ns : 0);
  json_number("deadlineNs", deadline ? (long long)attributes.deadline_ns : 0);
  json_number("periodNs", deadline ? (long long)attributes.period_ns : 0);
  json_close('}');
}

static void report_processors(void) {
  cpu_set_t mask;
  json_open("affinity", '[');
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) {
    for (int processor = 0; processor < CPU_SETSIZE; processor++) {
      if (CPU_ISSET(processor, &mask)) json_number(NULL, processor);
    }
  }
  json_close(']');
  json_number("processorsOnline", sysconf(_SC_NPROCESSORS_ONLN));
}

void report_scheduling(void) {
  char text[32];
  report_limits();
  report_scheduler();
  report_processors();
  json_number("ioPriority", syscall(SYS_ioprio_get, 1, 0));
  int score = -1;
  if (read_whole("/proc/self/oom_score_adj", text, sizeof text) > 0) sscanf(text, "%d", &score);
  json_number("oomScoreAdj", score);
}
