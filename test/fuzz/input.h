// The parts of an input. Target and mutator have to agree on where the plan ends.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "../../addon/plan_format.h"

namespace firstborn::fuzz {

struct InputParts {
  std::span<const uint8_t> plan;
  std::span<const uint8_t> answers;
};

// The header says where the plan ends; when it can't be so, all of it is the plan.
inline auto split_input(std::span<const uint8_t> input) -> InputParts {
  if (input.size() < sizeof(PlanHeader)) return {input, {}};
  PlanHeader header;
  std::memcpy(&header, input.data(), sizeof header);
  const size_t plan_bytes = header.length_bytes;
  if (plan_bytes < sizeof header || plan_bytes > input.size()) return {input, {}};
  return {input.first(plan_bytes), input.subspan(plan_bytes)};
}

}  // namespace firstborn::fuzz
