// What a spawned child writes into its handshake pipe. decodeHandshake in spawn.ts reads it.
#pragma once

#include <cstdint>

namespace firstborn {

enum class HandshakeKind : uint32_t { warning = 1, failure = 2, executing = 3, ended = 4 };

struct HandshakeRecord {
  HandshakeKind kind;
  uint32_t operation;
  uint32_t error;
};
static_assert(sizeof(HandshakeRecord) == 12);

}  // namespace firstborn
