// The kernel's answers to one run: bytes of the input behind the plan. When they are used up, every answer is
// the same: 0, which stands for the ordinary case each time, or the last one again, so that what waits for
// another answer does so for ever.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace firstborn::fuzz {

class Answers {
 public:
  Answers() = default;
  explicit Answers(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  void repeat_last() { rest_ = bytes_.empty() ? 0 : bytes_.back(); }

  auto next_byte() -> uint8_t { return used_up() ? rest_ : bytes_[at_++]; }
  [[nodiscard]] auto used_up() const -> bool { return at_ >= bytes_.size(); }
  // A number below `limit`, which is at least 1. Small numbers are the likely ones.
  auto next_below(size_t limit) -> size_t {
    size_t number = next_byte();
    if (limit > 256) number |= static_cast<size_t>(next_byte()) << 8;
    return number % limit;
  }

 private:
  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
  uint8_t rest_ = 0;
};

}  // namespace firstborn::fuzz
