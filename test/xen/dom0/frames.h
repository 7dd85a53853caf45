// The frames of the agent's connections; agent.c says what they mean.

#pragma once

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum { max_payload_bytes = 64 * 1024, header_bytes = 5 };

struct frame {
  char type;
  uint32_t length;
  char payload[max_payload_bytes];
};

static inline int write_all(int fd, const void* bytes, size_t length) {
  for (size_t done = 0; done < length;) {
    const ssize_t written = write(fd, (const char*)bytes + done, length - done);
    if (written < 0 && errno != EINTR) return -1;
    if (written > 0) done += (size_t)written;
  }
  return 0;
}

static inline int read_all(int fd, void* bytes, size_t length) {
  for (size_t done = 0; done < length;) {
    const ssize_t got = read(fd, (char*)bytes + done, length - done);
    if (got == 0 || (got < 0 && errno != EINTR)) return -1;
    if (got > 0) done += (size_t)got;
  }
  return 0;
}

// Waits for one frame. -1 when the connection is over, or what comes is none.
static inline int receive_frame(int fd, struct frame* frame) {
  char header[header_bytes];
  if (read_all(fd, header, sizeof header) < 0) return -1;
  frame->type = header[0];
  memcpy(&frame->length, header + 1, sizeof frame->length);
  if (frame->length > max_payload_bytes) return -1;
  return read_all(fd, frame->payload, frame->length);
}

static inline int send_frame(int fd, char type, const void* payload, uint32_t length) {
  char header[header_bytes] = {type};
  memcpy(header + 1, &length, sizeof length);
  return write_all(fd, header, sizeof header) < 0 ? -1 : write_all(fd, payload, length);
}
