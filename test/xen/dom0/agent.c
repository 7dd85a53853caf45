// Process 1 of the bench's control domain: `agent PORT` runs programs for whoever connects to that TCP port, any number
// at a time.
//
// Both ways a connection carries frames: one byte that says what it is, the length of the payload as 32 bits in little
// endian, the payload. Towards here comes 'A' first, once: the program's words, each ended by a NUL; then 'I', bytes of
// its input; 'E', the end of that; 'S', one byte, a signal for it and what it has started. Back come 'O' and 'R', bytes
// of its stdout and stderr, and last 'X', its exit code as 32 bits: 128 and the number when a signal ended it.
//
// Who disconnects has the program killed. A daemon that a program leaves behind lives on, and delays no exit.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frames.h"

enum { max_words = 256, backlog = 64, not_found_status = 127, signal_status_base = 128 };

// One program and the connection that it runs for.
struct session {
  int socket;
  int input, output, errors; // the agent's ends of its pipes; -1 once closed
  int exit_watch;            // a pidfd
  pid_t pid;
  struct frame frame; // the last one received; an 'I' frame stays until the program has taken it
  uint32_t taken;     // bytes of it
};

static _Noreturn void fail(const char* what) {
  fprintf(stderr, "agent: cannot %s: %s\n", what, strerror(errno));
  _exit(125);
}

static void close_end(int* fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static _Noreturn void become_program(char* words, uint32_t length, const int fds[3]) {
  char* list[max_words + 1];
  int count = 0;
  for (uint32_t at = 0; at < length && count < max_words; at += strlen(words + at) + 1) list[count++] = words + at;
  list[count] = NULL;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setsid();
  for (int fd = 0; fd < 3; fd++) dup2(fds[fd], fd);
  signal(SIGPIPE, SIG_DFL);
  if (count > 0) execvp(list[0], list);
  fprintf(stderr, "agent: cannot run \"%s\": %s\n", count > 0 ? list[0] : "", strerror(errno));
  _exit(not_found_status);
}

static void start_program(struct session* session) {
  int input[2], output[2], errors[2];
  if (pipe2(input, O_CLOEXEC) < 0 || pipe2(output, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0) fail("make pipes");
  session->pid = fork();
  if (session->pid < 0) fail("fork");
  const int theirs[3] = {input[0], output[1], errors[1]};
  if (session->pid == 0) become_program(session->frame.payload, session->frame.length, theirs);
  for (int fd = 0; fd < 3; fd++) close(theirs[fd]);
  session->input = input[1];
  session->output = output[0];
  session->errors = errors[0];
  fcntl(session->input, F_SETFL, O_NONBLOCK);
  fcntl(session->output, F_SETFL, O_NONBLOCK);
  fcntl(session->errors, F_SETFL, O_NONBLOCK);
  session->exit_watch = (int)syscall(SYS_pidfd_open, session->pid, 0);
  if (session->exit_watch < 0) fail("watch a program");
}

static _Noreturn void abandon(const struct session* session) {
  kill(-session->pid, SIGKILL);
  _exit(0);
}

// Passes on what a pipe holds, at most one frame of it. False when there is nothing, or no more ever.
static int pass_output(struct session* session, int* fd, char type) {
  static char bytes[max_payload_bytes];
  if (*fd < 0) return 0;
  const ssize_t length = read(*fd, bytes, sizeof bytes);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  if (length <= 0) {
    close_end(fd);
    return 0;
  }
  if (send_frame(session->socket, type, bytes, (uint32_t)length) < 0) abandon(session);
  return 1;
}

static int has_input(const struct session* session) {
  return session->frame.type == 'I' && session->taken < session->frame.length;
}

static void pass_input(struct session* session) {
  const ssize_t length =
      write(session->input, session->frame.payload + session->taken, session->frame.length - session->taken);
  if (length > 0) session->taken += (uint32_t)length;
  if (length < 0 && errno != EAGAIN && errno != EINTR) close_end(&session->input);
}

static void take_frame(struct session* session) {
  if (receive_frame(session->socket, &session->frame) < 0) abandon(session);
  session->taken = 0;
  if (session->frame.type == 'E') close_end(&session->input);
  if (session->frame.type == 'S' && session->frame.length == 1) kill(-session->pid, session->frame.payload[0]);
}

static _Noreturn void tell_exit(struct session* session) {
  while (pass_output(session, &session->output, 'O') || pass_output(session, &session->errors, 'R')) continue;
  int status = 0;
  waitpid(session->pid, &status, 0);
  const uint32_t code = WIFEXITED(status) ? (uint32_t)WEXITSTATUS(status) : (uint32_t)(signal_status_base + WTERMSIG(status));
  send_frame(session->socket, 'X', &code, sizeof code);
  // The input that nobody took would make the kernel reset the connection, and with it what has just been sent.
  shutdown(session->socket, SHUT_WR);
  while (receive_frame(session->socket, &session->frame) == 0) continue;
  _exit(0);
}

static _Noreturn void serve(int socket) {
  static struct session session;
  session.socket = socket;
  signal(SIGCHLD, SIG_DFL);
  if (receive_frame(socket, &session.frame) < 0 || session.frame.type != 'A') _exit(0);
  start_program(&session);
  for (;;) {
    if (session.input < 0) session.taken = session.frame.length;
    const int waiting = has_input(&session);
    // A caller that has gone is noticed while the program takes nothing, too.
    struct pollfd polled[] = {
        {.fd = socket, .events = waiting ? POLLRDHUP : POLLIN},
        {.fd = waiting ? session.input : -1, .events = POLLOUT},
        {.fd = session.output, .events = POLLIN},
        {.fd = session.errors, .events = POLLIN},
        {.fd = session.exit_watch, .events = POLLIN},
    };
    if (poll(polled, sizeof polled / sizeof *polled, -1) < 0 && errno != EINTR) fail("poll");
    if (polled[2].revents) pass_output(&session, &session.output, 'O');
    if (polled[3].revents) pass_output(&session, &session.errors, 'R');
    if (polled[4].revents) tell_exit(&session);
    if (polled[1].revents) pass_input(&session);
    if (polled[0].revents & POLLIN && !waiting) take_frame(&session);
    else if (polled[0].revents & (POLLRDHUP | POLLHUP | POLLERR)) abandon(&session);
  }
}

static int listen_on(uint16_t port) {
  const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind(listener, (const struct sockaddr*)&address, sizeof address) < 0 || listen(listener, backlog) < 0)
    fail("listen");
  return listener;
}

int main(int count, char** words) {
  if (count != 2) {
    fputs("usage: agent PORT\n", stderr);
    return 2;
  }
  // Sessions, and orphans of the whole domain, are reaped by the kernel.
  signal(SIGCHLD, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  const int listener = listen_on((uint16_t)atoi(words[1]));
  puts("bench: ready");
  fflush(stdout);
  for (;;) {
    const int socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (socket < 0) continue;
    const pid_t pid = fork();
    if (pid == 0) serve(socket);
    close(socket);
  }
}
