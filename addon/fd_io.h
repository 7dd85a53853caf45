// Descriptors: opening, pipes, reading and writing without blocking. Callers own every descriptor.
#pragma once

#include <cstddef>
#include <cstdint>

#include "system_error.h"
#include "unique_fd.h"

namespace firstborn {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

// Result of read_some and write_some when the descriptor is not ready.
constexpr long would_block = -1;

// openat2(2) below `root` with RESOLVE_IN_ROOT. Never blocks: a FIFO in an image is opened without waiting.
auto open_in_root(const char* root, const char* path, uint32_t flags, uint32_t mode) -> Result<UniqueFd>;

auto make_pipe() -> Result<Pipe>;
auto set_nonblocking(int fd, bool nonblocking) -> Result<void>;
auto set_pipe_size(int fd, int length_bytes) -> Result<void>;

// Bytes read, 0 at the end, would_block. ECONNRESET is an end as well: so says a unix stream socket, where a pipe
// just ends, when the other side has left bytes unread, as a child that was killed may.
auto read_some(int fd, void* buffer, size_t length_bytes) -> Result<long>;
// Whether there is something to read or room to write (POLLIN, POLLOUT), or an end or an error, within the time.
// Blocks for so long at most.
auto await_ready(int fd, short events, int timeout_ms) -> Result<bool>;
// Bytes written, would_block.
auto write_some(int fd, const void* bytes, size_t length_bytes) -> Result<long>;

}  // namespace firstborn
