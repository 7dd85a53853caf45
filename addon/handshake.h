// What a spawned child writes into its end of the handshake socket. HandshakeReader in spawn.ts reads it.
#pragma once

#include <cstdint>

namespace firstborn {

// `waiting` carries a stage where the others carry an errno value; the child goes on after one byte from the
// other side, whatever its value.
enum class HandshakeKind : uint32_t { warning = 1, failure = 2, executing = 3, ended = 4, waiting = 5 };

struct HandshakeRecord {
  HandshakeKind kind;
  uint32_t operation;
  uint32_t error_or_stage;
};
static_assert(sizeof(HandshakeRecord) == 12);

}  // namespace firstborn
