// The smallest process 1 of a container: `reaper PROGRAM ARGUMENTS…` starts the program, hands it every signal that
// it gets itself, reaps whatever ends, and ends as the program did: with its exit code, or with 128 and the number
// of the signal. 127 when the program is not found, 126 when it can't be run, 125 when the reaper can't do its
// work; each with a line on standard error. When it ends, the kernel ends what else is in the pid namespace.
//
// Every signal is blocked from the first moment on and taken one by one with sigtimedwait(2): nothing runs in a
// handler, nothing is lost between two lines, and process 1 gets signals that would have no effect on it otherwise.

#include <linux/prctl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "complaint.h"
#include "program_search.h"
#include "system_calls.h"

enum { own_failure_status = 125, not_executable_status = 126, not_found_status = 127, signal_status_base = 128 };
enum { kernel_mask_bytes = 8, standard_descriptors = 3 };

static const unsigned long every_signal = ~0ul;

static unsigned long exchange_signal_mask(unsigned long mask) {
  unsigned long before = 0;
  system_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, (long)&before, kernel_mask_bytes, 0);
  return before;
}

// Children of a process that ignores SIGCHLD vanish without a status. All zero is SIG_DFL.
static void stop_ignoring_children(void) {
  const unsigned long default_action[4] = {0};
  system_call(SYS_rt_sigaction, SIGCHLD, (long)default_action, 0, kernel_mask_bytes, 0);
}

// In a pid namespace that has another process 1, orphans below this process come here all the same.
static void adopt_orphans(void) {
  if (system_call(SYS_getpid, 0, 0, 0, 0, 0) == 1) return;
  system_call(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

// A process group of its own, in the foreground of the terminal when there is one: what is typed there, such as
// Ctrl-C, reaches the program and what it starts, once, and not by way of the reaper.
static void take_terminal(void) {
  system_call(SYS_setpgid, 0, 0, 0, 0, 0);
  const int group = (int)system_call(SYS_getpid, 0, 0, 0, 0, 0);
  for (int fd = 0; fd < standard_descriptors; fd++) {
    // SIGTTOU is blocked here, so this is not refused to a background group.
    if (system_call(SYS_ioctl, fd, TIOCSPGRP, (long)&group, 0, 0) == 0) return;
  }
}

static _Noreturn void become_program(char** words, char** environment, unsigned long signal_mask) {
  take_terminal();
  exchange_signal_mask(signal_mask);
  const int error = execute(words, environment);
  complain("execute", words[0], error);
  exit_with(error == ENOENT || error == ENOTDIR ? not_found_status : not_executable_status);
}

// Reaps all that has ended. Returns when the program is not among it.
static void reap(long program) {
  for (;;) {
    int status = 0;
    const long ended = system_call(SYS_wait4, -1, (long)&status, WNOHANG, 0, 0);
    if (ended <= 0) return;
    if (ended != program) continue;
    exit_with(WIFSIGNALED(status) ? signal_status_base + WTERMSIG(status) : WEXITSTATUS(status));
  }
}

static _Noreturn void supervise(long program) {
  for (;;) {
    const long signal = system_call(SYS_rt_sigtimedwait, (long)&every_signal, 0, 0, kernel_mask_bytes, 0);
    if (signal == SIGCHLD) {
      reap(program);
    } else if (signal > 0) {
      system_call(SYS_kill, program, signal, 0, 0, 0);
    }
  }
}

// Called by _start with what the kernel has put on the stack: argc, argv, NULL, environment, NULL.
__attribute__((used)) _Noreturn void begin(long* stack) {
  const long count = stack[0];
  char** words = (char**)(stack + 1);
  char** environment = words + count + 1;
  if (count < 2) {
    complain_of_no_program();
    exit_with(own_failure_status);
  }
  const unsigned long signal_mask = exchange_signal_mask(every_signal);
  stop_ignoring_children();
  adopt_orphans();
  const long program = system_call(SYS_clone, SIGCHLD, 0, 0, 0, 0);  // fork(2)
  if (program == 0) become_program(words + 1, environment, signal_mask);
  if (program < 0) {
    complain("start", words[1], (int)-program);
    exit_with(own_failure_status);
  }
  supervise(program);
}
