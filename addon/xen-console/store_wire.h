// The messages of xenstore (xen/include/public/io/xs_wire.h), of which this program needs a few.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace firstborn {

enum class StoreMessage : uint32_t {
  directory = 1,
  read = 2,
  watch = 4,
  write = 11,
  make_directory = 12,
  remove = 13,
  set_permissions = 14,
  watch_event = 15,
  error = 16,
};

// In the machine's own byte order.
struct StoreHeader {
  StoreMessage type;
  uint32_t request_id;
  uint32_t transaction_id;
  uint32_t payload_bytes;
};
static_assert(sizeof(StoreHeader) == 16);

// XENSTORE_PAYLOAD_MAX.
constexpr size_t max_store_payload_bytes = 4096;

// One message to be sent. A payload that would be too long makes it invalid.
class StoreRequest {
 public:
  StoreRequest(StoreMessage type, uint32_t request_id) : header_{type, request_id, 0, 0} {}

  // A string with the NUL that ends it: a path, a token, one entry of a list of permissions.
  auto add_string(std::string_view text) -> StoreRequest& { return add_bytes(text).add_bytes({"\0", 1}); }

  // A value, which has none.
  auto add_bytes(std::string_view bytes) -> StoreRequest& {
    if (bytes.size() > max_store_payload_bytes - header_.payload_bytes) {
      is_valid_ = false;
      return *this;
    }
    for (const char byte : bytes) message_[sizeof header_ + header_.payload_bytes++] = byte;
    return *this;
  }

  // The whole message, or nothing.
  auto message() -> std::optional<std::string_view> {
    if (!is_valid_) return std::nullopt;
    std::memcpy(message_, &header_, sizeof header_);
    return std::string_view(message_, sizeof header_ + header_.payload_bytes);
  }

 private:
  StoreHeader header_;
  bool is_valid_ = true;
  char message_[sizeof(StoreHeader) + max_store_payload_bytes];
};

// What a payload says without the NUL that ends most of them.
constexpr auto store_value(std::string_view payload) -> std::string_view {
  if (!payload.empty() && payload.back() == '\0') payload.remove_suffix(1);
  return payload;
}

}  // namespace firstborn
