// execvp(3), except that a file of no known format is an error and not a shell script.
#pragma once

#include <errno.h>
#include <stddef.h>

#include "system_calls.h"

enum { longest_path_bytes = 4096 };  // PATH_MAX, with its NUL

static int has_slash(const char* text) {
  while (*text != '\0') {
    if (*text++ == '/') return 1;
  }
  return 0;
}

static const char* search_path(char** environment) {
  for (; *environment != NULL; environment++) {
    const char* entry = *environment;
    if (entry[0] == 'P' && entry[1] == 'A' && entry[2] == 'T' && entry[3] == 'H' && entry[4] == '=') return entry + 5;
  }
  return "/bin:/usr/bin";
}

// Writes `directory/program` for the first directory of a search path and returns where the next one begins, or
// NULL after the last. An empty directory is the working one. `path` is empty when all of it would be too long.
static const char* next_candidate(const char* directories, const char* program, char* path) {
  size_t length = 0;
  for (; *directories != '\0' && *directories != ':'; directories++) {
    if (length < longest_path_bytes) path[length++] = *directories;
  }
  if (length > 0 && length < longest_path_bytes) path[length++] = '/';
  do {
    if (length >= longest_path_bytes) {
      path[0] = '\0';
      break;
    }
    path[length++] = *program;
  } while (*program++ != '\0');
  return *directories == ':' ? directories + 1 : NULL;
}

static int execute_at(const char* path, char** words, char** environment) {
  return (int)-system_call(SYS_execve, (long)path, (long)words, (long)environment, 0, 0);
}

// Becomes the program words[0], looked for in PATH when it has no slash. Returns only by failing, with an errno.
static int execute(char** words, char** environment) {
  const char* program = words[0];
  if (*program == '\0') return ENOENT;
  if (has_slash(program)) return execute_at(program, words, environment);
  int access_was_denied = 0;
  for (const char* rest = search_path(environment); rest != NULL;) {
    char path[longest_path_bytes];
    rest = next_candidate(rest, program, path);
    const int error = execute_at(path, words, environment);
    if (error == EACCES) {
      access_was_denied = 1;
    } else if (error != ENOENT && error != ENOTDIR) {
      return error;
    }
  }
  return access_was_denied ? EACCES : ENOENT;
}
