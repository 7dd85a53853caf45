/** What the probe, the shell and what runs before them need: a profile that denies everything else still works. */
export const neededSystemCalls = `
  access arch_prctl brk capget capset chdir chmod clock_gettime clone clone3 close close_range dup dup2 dup3 epoll_create1
  epoll_ctl epoll_pwait eventfd2 execve execveat exit exit_group faccessat faccessat2 fallocate fchdir fchmod fchmodat
  fchown fchownat fcntl fork fstat fstatfs fsync ftruncate futex getcwd getdents getdents64 getegid geteuid getgid getgroups
  getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit getsid getsockopt gettid gettimeofday getuid
  ioctl ioprio_get keyctl kill lseek lstat madvise mkdirat mmap mprotect mremap munmap nanosleep newfstatat newuname open openat
  openat2 pause personality pidfd_open pipe pipe2 ppoll prctl pread64 prlimit64 pselect6 pwrite64 read readlink readlinkat readv
  recvmsg restart_syscall rseq rt_sigaction rt_sigprocmask rt_sigreturn rt_sigtimedwait sched_getaffinity sched_getattr
  sched_setaffinity sched_yield seccomp sendmsg set_robust_list set_tid_address setfsgid setfsuid setgid setgroups setitimer
  setpgid setresgid setresuid setsid setuid sigaltstack signal socketpair stat statfs statx symlinkat sysinfo tgkill tkill
  umask uname unlink unlinkat utimensat vfork wait4 waitid write writev`
  .trim()
  .split(/\s+/);
