/*
 * The probe prints, as one line of JSON, what a process can see of itself and of its surroundings. It is linked
 * statically and asks the kernel directly where it can, so that it tells the same in any root, without /proc too.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* json.c: a writer into one buffer. Commas take care of themselves; `key` may be NULL inside an array. */
void json_open(const char *key, char bracket);
void json_close(char bracket);
void json_text(const char *key, const char *text);
/* Bytes that are not printable ASCII become \u00XX: the reader gets them back as Latin-1. */
void json_bytes(const char *key, const char *bytes, size_t length_bytes);
void json_number(const char *key, long long value);
/* As text, since a JSON number can't hold 64 bits. */
void json_hex(const char *key, unsigned long long value);
void json_bool(const char *key, bool value);
/* Writes everything to standard output. */
void json_flush(void);

/* `errno` as its name, such as "EPERM". */
const char *errno_name(int error);

/* credentials.c: ids, capabilities, signals and what else prctl(2) tells. */
void report_credentials(void);
/* scheduling.c: limits, priorities, processors. */
void report_scheduling(void);
/* descriptors.c: open files and the terminal. */
void report_descriptors(void);
/* surroundings.c: namespaces, control groups, mounts, devices, names. */
void report_surroundings(void);

/* paths.c: one answer about a path of the command line. */
void answer_read(const char *key, const char *path);
void answer_stat(const char *key, const char *path);
void answer_list(const char *key, const char *path);
void answer_masked(const char *key, const char *path);
/* The properties of a file that `lstat` knows, as one object. */
void report_file(const char *key, const char *path);

/* attempts.c: tries one thing in a child and says how it ended: "ok", an errno's name, or a signal's number. */
void answer_attempt(const char *key, const char *what);
/* system_calls.c: calls by name or number with numeric arguments: "NAME:1:0x2". Returns errno or 0. */
int attempt_system_call(char *words);
/* The same by number through the 32-bit entry; ENOTSUP where there is none. */
int attempt_system_call_32(char *words);

/* paths.c: reads at most `size - 1` bytes, adds a NUL and returns the length, or -1 with errno. */
ssize_t read_whole(const char *path, char *buffer, size_t size);
