// One line on standard error: `firstborn: cannot execute "PROGRAM": ENOENT`.
#pragma once

#include <errno.h>
#include <stddef.h>

#include "system_calls.h"

struct line {
  size_t length_bytes;
  char text[512];
};

// What does not fit is left out, but for the end of the line.
static void append(struct line* line, const char* text) {
  while (*text != '\0' && line->length_bytes < sizeof line->text - 1) line->text[line->length_bytes++] = *text++;
}

static void append_number(struct line* line, int number) {
  if (number >= 10) append_number(line, number / 10);
  const char digit[] = {(char)('0' + number % 10), '\0'};
  append(line, digit);
}

// The ones that execve(2) and clone(2) are likely to give.
static const char* error_name(int error) {
  switch (error) {
    case E2BIG: return "E2BIG";
    case EACCES: return "EACCES";
    case EAGAIN: return "EAGAIN";
    case EINVAL: return "EINVAL";
    case EIO: return "EIO";
    case EISDIR: return "EISDIR";
    case ELOOP: return "ELOOP";
    case ENAMETOOLONG: return "ENAMETOOLONG";
    case ENOENT: return "ENOENT";
    case ENOEXEC: return "ENOEXEC";
    case ENOMEM: return "ENOMEM";
    case ENOTDIR: return "ENOTDIR";
    case EPERM: return "EPERM";
    case ETXTBSY: return "ETXTBSY";
    default: return NULL;
  }
}

static void write_line(struct line* line) {
  line->text[line->length_bytes++] = '\n';
  system_call(SYS_write, 2, (long)line->text, (long)line->length_bytes, 0, 0);
}

static void complain(const char* action, const char* program, int error) {
  struct line line;
  line.length_bytes = 0;
  append(&line, "firstborn: cannot ");
  append(&line, action);
  append(&line, " \"");
  append(&line, program);
  append(&line, "\": ");
  const char* name = error_name(error);
  append(&line, name != NULL ? name : "errno ");
  if (name == NULL) append_number(&line, error);
  write_line(&line);
}

static void complain_of_no_program(void) {
  struct line line;
  line.length_bytes = 0;
  append(&line, "firstborn: cannot start a program: the reaper was not told which");
  write_line(&line);
}
