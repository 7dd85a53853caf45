// A plan as the mutator changes it: operations and arguments instead of bytes with lengths in them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "../../addon/plan_format.h"

namespace firstborn::fuzz {

struct EditableArgument {
  // A letter of a signature.
  char type;
  uint64_t number = 0;
  // One of them for s, b and g, any number for v and V.
  std::vector<std::string> texts;
};

struct EditableOperation {
  RecordHeader header;
  std::vector<EditableArgument> arguments;
};

using EditablePlan = std::vector<EditableOperation>;

// Nothing for bytes that are no plan.
auto decode_plan(std::span<const uint8_t> bytes) -> std::optional<EditablePlan>;
auto encode_plan(const EditablePlan& plan) -> std::string;

}  // namespace firstborn::fuzz
