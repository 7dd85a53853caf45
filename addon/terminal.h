// Terminals: tty_ioctl(4), pty(7). Callers own every descriptor.
#pragma once

#include <cstdint>

#include "system_error.h"
#include "unique_fd.h"

namespace firstborn {

// A pseudo-terminal. Master and duplicate share one open file: both are non-blocking. The slave blocks.
struct Terminal {
  UniqueFd output;
  UniqueFd input;
  UniqueFd slave;
};

// Opens a pseudo-terminal through the ptmx device at `ptmx_path`, without ever making it the controlling one.
auto open_terminal(const char* ptmx_path) -> Result<Terminal>;

// TIOCSWINSZ. Sizes in pixels are set to 0, unknown.
auto set_terminal_size(int fd, uint16_t rows, uint16_t columns) -> Result<void>;

// cfmakeraw(3) with VMIN 1.
auto set_raw_mode(int fd) -> Result<void>;

}  // namespace firstborn
