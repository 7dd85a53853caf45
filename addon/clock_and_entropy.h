// What a machine has lost that was suspended or restored: the time, and randomness of its own.
#pragma once

#include <cstdint>
#include <span>

#include "system_error.h"

namespace firstborn {

// The longest step either way, about 285 years.
constexpr double max_clock_step_ms = 9e12;

// Steps CLOCK_REALTIME. EINVAL when that would lead to a time that the kernel refuses, as one before 1970.
auto step_clock(double step_ms) -> Result<void>;

// random(4): RNDADDENTROPY with every bit credited, then RNDRESEEDCRNG, since what has been added is otherwise
// used only when the generator's next turn comes.
auto add_entropy(std::span<const uint8_t> bytes) -> Result<void>;

}  // namespace firstborn
