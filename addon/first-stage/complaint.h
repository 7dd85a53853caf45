// One line for people who look at the console of a machine that does not come up.
#pragma once

#include <cstddef>
#include <string_view>

namespace firstborn {

// Lines of the kernel's log have at most 1024 bytes.
class Line {
 public:
  auto add(std::string_view text) -> Line&;
  auto add_error(int error) -> Line&;
  [[nodiscard]] auto text() const -> std::string_view { return {text_, length_bytes_}; }

 private:
  auto add_number(unsigned number) -> void;

  char text_[900];
  size_t length_bytes_ = 0;
};

enum class Severity { error, warning };

// Writes a line to the kernel's log, which shows errors on every console before it returns, else to standard error.
void complain(Severity severity, const Line& line);

// Takes the power away; a machine that refuses stands still.
[[noreturn]] void power_off();

}  // namespace firstborn
