#include "probe.h"

#include <stdio.h>
#include <string.h>

static void report_words(const char *key, char *const *words) {
  json_open(key, '[');
  for (; *words != NULL; words++) json_text(NULL, *words);
  json_close(']');
}

/* Words such as "read=/etc/hostname" ask for more; any other word is only reported. */
static const struct {
  const char *prefix;
  void (*answer)(const char *key, const char *words);
} questions[] = {
    {"read=", answer_read}, {"stat=", answer_stat},     {"list=", answer_list},
    {"masked=", answer_masked}, {"try=", answer_attempt},
};

static void answer_questions(char *const *words) {
  json_open("answers", '{');
  for (; *words != NULL; words++) {
    for (unsigned index = 0; index < sizeof questions / sizeof *questions; index++) {
      size_t length = strlen(questions[index].prefix);
      if (strncmp(*words, questions[index].prefix, length) == 0) questions[index].answer(*words, *words + length);
    }
  }
  json_close('}');
}

int main(int argc, char **argv, char **envp) {
  (void)argc;
  json_open(NULL, '{');
  report_words("argv", argv);
  report_words("env", envp);
  report_descriptors();
  report_credentials();
  report_scheduling();
  report_surroundings();
  answer_questions(argv);
  json_close('}');
  json_flush();
  return 0;
}
