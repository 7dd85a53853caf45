// The page that a Xen console's two ends share (xen/include/public/io/console.h): one ring of bytes each way, each with
// two counters that only grow and wrap at 2^32. The guest writes to all of it at any time, so every counter of its side
// is read once, checked, and believed only as far as the ring is long; those of this side are kept here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace firstborn {

constexpr uint32_t input_ring_bytes = 1024;
constexpr uint32_t output_ring_bytes = 2048;

struct ConsolePage {
  char input[input_ring_bytes];
  char output[output_ring_bytes];
  uint32_t input_consumed;
  uint32_t input_produced;
  uint32_t output_consumed;
  uint32_t output_produced;
};
static_assert(offsetof(ConsolePage, output_produced) == 3084);

// Bytes between two counters of one ring; nothing when they are further apart than it is long, which no honest end does.
constexpr auto bytes_between(uint32_t consumed, uint32_t produced, uint32_t ring_bytes) -> std::optional<uint32_t> {
  const uint32_t distance = produced - consumed;
  if (distance > ring_bytes) return std::nullopt;
  return distance;
}

// Where a counter points to. The length of a ring is a power of two.
constexpr auto ring_position(uint32_t counter, uint32_t ring_bytes) -> uint32_t { return counter & (ring_bytes - 1); }

// This end of the page: takes what the guest prints and gives it what it is to read.
class ConsoleRing {
 public:
  // Goes on where an earlier end of this side has stopped.
  explicit ConsoleRing(ConsolePage* page)
      : page_(page), output_consumed_(load(&page->output_consumed)), input_produced_(load(&page->input_produced)) {}

  // Moves up to `room_bytes` of the guest's output to `to`. Nothing when the guest's counter can't be.
  auto take_output(char* to, uint32_t room_bytes) -> std::optional<uint32_t> {
    const auto waiting = bytes_between(output_consumed_, load(&page_->output_produced), output_ring_bytes);
    if (!waiting.has_value()) return std::nullopt;
    const uint32_t taken = *waiting < room_bytes ? *waiting : room_bytes;
    for (uint32_t i = 0; i < taken; i++) {
      to[i] = byte(page_->output, ring_position(output_consumed_ + i, output_ring_bytes));
    }
    output_consumed_ += taken;
    // The bytes are read before the guest may write over them.
    store(&page_->output_consumed, output_consumed_);
    return taken;
  }

  // How much input the guest has room for. Nothing when its counter can't be.
  [[nodiscard]] auto input_room() const -> std::optional<uint32_t> {
    const auto unread = bytes_between(load(&page_->input_consumed), input_produced_, input_ring_bytes);
    if (!unread.has_value()) return std::nullopt;
    return input_ring_bytes - *unread;
  }

  // Gives the guest input, at most as much as there is room for.
  void give_input(const char* from, uint32_t length_bytes) {
    for (uint32_t i = 0; i < length_bytes; i++) {
      byte(page_->input, ring_position(input_produced_ + i, input_ring_bytes)) = from[i];
    }
    input_produced_ += length_bytes;
    // The bytes are there before the guest may read them.
    store(&page_->input_produced, input_produced_);
  }

 private:
  static auto load(const uint32_t* counter) -> uint32_t { return __atomic_load_n(counter, __ATOMIC_ACQUIRE); }
  static void store(uint32_t* counter, uint32_t value) { __atomic_store_n(counter, value, __ATOMIC_RELEASE); }
  static auto byte(char* ring, uint32_t position) -> volatile char& { return ring[position]; }

  ConsolePage* page_;
  uint32_t output_consumed_;
  uint32_t input_produced_;
};

}  // namespace firstborn
