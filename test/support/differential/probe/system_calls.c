#include "probe.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL(name) {#name, SYS_##name}

static const struct {
  const char *name;
  long number;
} calls[] = {
    CALL(acct), CALL(add_key), CALL(adjtimex), CALL(bpf), CALL(capset), CALL(chroot), CALL(clock_settime),
    CALL(clone), CALL(clone3), CALL(close), CALL(delete_module), CALL(dup), CALL(fanotify_init), CALL(finit_module),
    CALL(fsopen), CALL(getcpu), CALL(getegid), CALL(geteuid), CALL(getgid), CALL(getpgid), CALL(getpid),
    CALL(getppid), CALL(getpriority), CALL(gettid), CALL(getuid), CALL(init_module), CALL(io_uring_setup),
    CALL(kcmp), CALL(kexec_load), CALL(keyctl), CALL(kill), CALL(lseek), CALL(mbind), CALL(membarrier),
    CALL(mount), CALL(mount_setattr), CALL(move_mount), CALL(move_pages), CALL(name_to_handle_at),
    CALL(open_by_handle_at), CALL(open_tree), CALL(perf_event_open), CALL(personality), CALL(pivot_root),
    CALL(prctl), CALL(process_vm_readv), CALL(ptrace), CALL(quotactl), CALL(reboot), CALL(request_key),
    CALL(set_mempolicy), CALL(setdomainname), CALL(sethostname), CALL(setns), CALL(setpriority),
    CALL(settimeofday), CALL(socket), CALL(swapoff), CALL(swapon), CALL(sync), CALL(syslog), CALL(umask),
    CALL(umount2), CALL(unshare), CALL(userfaultfd),
#ifdef __x86_64__
    CALL(arch_prctl), CALL(ioperm), CALL(iopl), CALL(modify_ldt), CALL(ustat), CALL(uselib), CALL(vhangup),
#endif
};

static long number_of(const char *name) {
  if (isdigit((unsigned char)name[0])) return (long)strtoull(name, NULL, 0);
  for (unsigned index = 0; index < sizeof calls / sizeof *calls; index++) {
    if (strcmp(name, calls[index].name) == 0) return calls[index].number;
  }
  return -1;
}

/* Absent arguments are 0. */
static long parse(char *words, long arguments[6]) {
  char *rest = NULL;
  const char *name = strtok_r(words, ":", &rest);
  for (int index = 0; index < 6; index++) {
    const char *word = strtok_r(NULL, ":", &rest);
    arguments[index] = word == NULL ? 0 : (long)strtoull(word, NULL, 0);
  }
  return name == NULL ? -1 : number_of(name);
}

int attempt_system_call(char *words) {
  long arguments[6];
  long number = parse(words, arguments);
  /* A name that the table lacks is a mistake of the test, which no kernel would call so. */
  if (number < 0) return ENOMEDIUM;
  long result = syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
  return result == -1 ? errno : 0;
}

int attempt_system_call_32(char *words) {
#ifdef __x86_64__
  long arguments[6];
  long number = parse(words, arguments);
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(arguments[0]), "c"(arguments[1]), "d"(arguments[2])
                   : "memory", "r8", "r9", "r10", "r11");
  return (int)result < 0 ? -(int)result : 0;
#else
  (void)words;
  return ENOTSUP;
#endif
}
