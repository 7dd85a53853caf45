#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buffer[4 << 20];
static size_t used_bytes;
static bool needs_comma;

static void put(const char *bytes, size_t length_bytes) {
  if (used_bytes + length_bytes > sizeof buffer) abort();
  memcpy(buffer + used_bytes, bytes, length_bytes);
  used_bytes += length_bytes;
}

static void put_quoted(const char *bytes, size_t length_bytes) {
  put("\"", 1);
  for (size_t index = 0; index < length_bytes; index++) {
    unsigned char byte = (unsigned char)bytes[index];
    if (byte >= ' ' && byte < 127 && byte != '"' && byte != '\\') {
      put((const char *)&byte, 1);
    } else {
      char escaped[8];
      put(escaped, (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", byte));
    }
  }
  put("\"", 1);
}

static void put_key(const char *key) {
  if (needs_comma) put(",", 1);
  needs_comma = true;
  if (key == NULL) return;
  put_quoted(key, strlen(key));
  put(":", 1);
}

void json_open(const char *key, char bracket) {
  if (used_bytes > 0) put_key(key);
  put(&bracket, 1);
  needs_comma = false;
}

void json_close(char bracket) {
  put(&bracket, 1);
  needs_comma = true;
}

void json_bytes(const char *key, const char *bytes, size_t length_bytes) {
  put_key(key);
  put_quoted(bytes, length_bytes);
}

void json_text(const char *key, const char *text) { json_bytes(key, text, strlen(text)); }

void json_number(const char *key, long long value) {
  char text[32];
  put_key(key);
  put(text, (size_t)snprintf(text, sizeof text, "%lld", value));
}

void json_hex(const char *key, unsigned long long value) {
  char text[32];
  put_key(key);
  put(text, (size_t)snprintf(text, sizeof text, "\"0x%llx\"", value));
}

void json_bool(const char *key, bool value) {
  put_key(key);
  put(value ? "true" : "false", value ? 4 : 5);
}

void json_flush(void) {
  put("\n", 1);
  for (size_t done = 0; done < used_bytes;) {
    ssize_t written = write(STDOUT_FILENO, buffer + done, used_bytes - done);
    if (written < 0) exit(1);
    done += (size_t)written;
  }
}

const char *errno_name(int error) {
  static char number[16];
  const char *name = strerrorname_np(error);
  if (name != NULL) return name;
  snprintf(number, sizeof number, "errno %d", error);
  return number;
}
