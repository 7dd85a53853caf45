// Text of bounded length on the stack: paths, values, lines for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace firstborn {

// What does not fit is left out: callers choose a size that holds the longest thing that can come.
template <size_t max_bytes>
class Text {
 public:
  auto add(std::string_view text) -> Text& {
    for (const char character : text) {
      if (length_bytes_ < max_bytes) text_[length_bytes_++] = character;
    }
    return *this;
  }
  auto add(uint32_t number) -> Text& {
    if (number >= 10) add(number / 10);
    const char digit = static_cast<char>('0' + number % 10);
    return add(std::string_view(&digit, 1));
  }
  [[nodiscard]] auto view() const -> std::string_view { return {text_, length_bytes_}; }

 private:
  char text_[max_bytes];
  size_t length_bytes_ = 0;
};

// A path in xenstore of this program, or a value there.
using StoreText = Text<128>;

// A whole decimal number below 2^32 and nothing else.
constexpr auto parse_number(std::string_view text) -> std::optional<uint32_t> {
  if (text.empty() || text.size() > 10) return std::nullopt;
  uint64_t number = 0;
  for (const char character : text) {
    if (character < '0' || character > '9') return std::nullopt;
    number = number * 10 + static_cast<uint64_t>(character - '0');
  }
  if (number > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(number);
}

}  // namespace firstborn
