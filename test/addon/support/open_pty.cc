// Opens a pseudo-terminal, prints the path of its other side and keeps it until standard input ends. Node has
// no call for this.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main() {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  char path[64];
  if (terminal < 0 || unlockpt(terminal) != 0 || ptsname_r(terminal, path, sizeof path) != 0) return 1;
  puts(path);
  fflush(stdout);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}
