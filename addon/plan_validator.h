// Proves that bytes are a plan before any of it runs. No heap, no system calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "plan_format.h"

namespace firstborn {

// Bytes that have passed validate_plan. Only that function makes one, and the bytes must neither move nor
// change while it is in use.
class ValidPlan {
 public:
  [[nodiscard]] auto operation_count() const -> uint32_t { return operation_count_; }
  [[nodiscard]] auto first_record() const -> const std::byte* { return bytes_ + sizeof(PlanHeader); }

 private:
  friend auto validate_plan(std::span<const std::byte>) -> std::expected<ValidPlan, struct PlanError>;
  ValidPlan(const std::byte* bytes, uint32_t operation_count)
      : bytes_(bytes), operation_count_(operation_count) {}

  const std::byte* bytes_;
  uint32_t operation_count_;
};

struct PlanError {
  const char* reason;
  // Index of the operation at fault; -1 when it is the header.
  int64_t operation;
};

// Checks the header, every record and every argument: bounds, alignment, counts, NULs, number ranges. The
// bytes must be aligned to plan_alignment.
auto validate_plan(std::span<const std::byte> bytes) -> std::expected<ValidPlan, PlanError>;

// Decodes the arguments of a record that has been validated.
void decode_arguments(const std::byte* record, const char* signature, Argument (&arguments)[max_arguments]);

// The next string of a list: sets `text` and returns where the string after it starts.
auto next_list_string(const char* element, const char*& text) -> const char*;

// The signature of an opcode, or nullptr for an unknown one.
auto signature_of(uint16_t opcode) -> const char*;

}  // namespace firstborn
