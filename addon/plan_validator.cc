#include "plan_validator.h"

#include <climits>
#include <cstring>

namespace firstborn {

namespace {

// Walks the arguments of one record and never past its end. After the first problem every step fails.
class ArgumentReader {
 public:
  ArgumentReader(const std::byte* at, size_t length_bytes) : at_(at), rest_bytes_(length_bytes) {}

  // Reads the argument that `type` names. Returns why it can't, or nullptr.
  auto read(char type, Argument& argument) -> const char* {
    switch (type) {
      case 'w': return read_number(argument, UINT32_MAX);
      case 'f': return read_number(argument, INT_MAX);
      case 'l': return read_number(argument, slot_count - 1);
      case 'n': return read_number(argument, UINT64_MAX);
      case 'i': return read_signed(argument);
      case 's': return read_string(argument);
      case 'b': return read_block(argument);
      case 'v': return read_strings(argument, 0);
      case 'V': return read_strings(argument, 1);
      case 'g': return read_numbers(argument);
      default: return "has an argument of an unknown type";
    }
  }

  [[nodiscard]] auto at_end() const -> bool { return rest_bytes_ == 0; }

 private:
  auto take(size_t length_bytes) -> const std::byte* {
    const std::byte* taken = at_;
    at_ += length_bytes;
    rest_bytes_ -= length_bytes;
    return taken;
  }

  auto read_number(Argument& argument, uint64_t most) -> const char* {
    if (rest_bytes_ < sizeof(uint64_t)) return "is truncated";
    std::memcpy(&argument.number, take(sizeof(uint64_t)), sizeof(uint64_t));
    return argument.number <= most ? nullptr : "has a number out of range";
  }

  auto read_signed(Argument& argument) -> const char* {
    if (const char* reason = read_number(argument, UINT64_MAX)) return reason;
    const auto value = static_cast<int64_t>(argument.number);
    return value >= INT32_MIN && value <= INT32_MAX ? nullptr : "has a number out of range";
  }

  auto read_block(Argument& argument) -> const char* {
    if (const char* reason = read_number(argument, max_plan_bytes)) return reason;
    argument.length_bytes = argument.number;
    // At least one NUL follows, up to the next boundary. The limit above keeps this from wrapping.
    const size_t padded_bytes = (argument.length_bytes + plan_alignment) & ~(plan_alignment - 1);
    if (rest_bytes_ < padded_bytes) return "is truncated";
    argument.bytes = reinterpret_cast<const char*>(take(padded_bytes));
    return is_zero(argument.bytes + argument.length_bytes, padded_bytes - argument.length_bytes)
               ? nullptr
               : "has padding that is not zero";
  }

  auto read_string(Argument& argument) -> const char* {
    if (const char* reason = read_block(argument)) return reason;
    return std::memchr(argument.bytes, 0, argument.length_bytes) == nullptr ? nullptr
                                                                            : "has a NUL inside a string";
  }

  auto read_strings(Argument& argument, uint64_t least) -> const char* {
    if (const char* reason = read_number(argument, max_list_entries)) return reason;
    if (argument.number < least) return "has an empty list";
    argument.bytes = reinterpret_cast<const char*>(at_);
    for (uint64_t i = 0; i < argument.number; i++) {
      Argument element{};
      if (const char* reason = read_string(element)) return reason;
    }
    return nullptr;
  }

  auto read_numbers(Argument& argument) -> const char* {
    if (const char* reason = read_number(argument, max_groups)) return reason;
    const size_t numbers_bytes = argument.number * sizeof(uint32_t);
    const size_t padded_bytes = (numbers_bytes + plan_alignment - 1) & ~(plan_alignment - 1);
    if (rest_bytes_ < padded_bytes) return "is truncated";
    argument.bytes = reinterpret_cast<const char*>(take(padded_bytes));
    return is_zero(argument.bytes + numbers_bytes, padded_bytes - numbers_bytes)
               ? nullptr
               : "has padding that is not zero";
  }

  static auto is_zero(const char* bytes, size_t length_bytes) -> bool {
    for (size_t i = 0; i < length_bytes; i++) {
      if (bytes[i] != 0) return false;
    }
    return true;
  }

  const std::byte* at_;
  size_t rest_bytes_;
};

auto check_record(const std::byte* record, const RecordHeader& header) -> const char* {
  const char* signature = signature_of(header.opcode);
  if (signature == nullptr) return "has an unknown opcode";
  if ((header.flags & ~warn_flag) != 0) return "has unknown flags";
  for (const uint16_t accepted : header.accepted) {
    if (accepted > max_errno) return "accepts an impossible errno";
  }
  ArgumentReader reader(record + sizeof(RecordHeader), header.length_bytes - sizeof(RecordHeader));
  for (const char* type = signature; *type != '\0'; type++) {
    Argument argument{};
    if (const char* reason = reader.read(*type, argument)) return reason;
  }
  return reader.at_end() ? nullptr : "is longer than its arguments";
}

auto check_header(const PlanHeader& header, size_t length_bytes) -> const char* {
  if (header.magic != plan_magic) return "has no magic number";
  if (header.version != plan_version) return "has an unknown version";
  if (header.zero != 0) return "has a reserved field that is not zero";
  if (header.length_bytes != length_bytes) return "is not as long as it says";
  if (header.operation_count > max_operations) return "has too many operations";
  return nullptr;
}

}  // namespace

auto signature_of(uint16_t opcode) -> const char* {
  switch (opcode) {
#define OPERATION(name, code, signature) \
  case code: return signature;
    FIRSTBORN_OPERATIONS(OPERATION)
#undef OPERATION
    default: return nullptr;
  }
}

auto validate_plan(std::span<const std::byte> bytes) -> std::expected<ValidPlan, PlanError> {
  if (bytes.size() < sizeof(PlanHeader)) return std::unexpected(PlanError{"is truncated", -1});
  if (bytes.size() > max_plan_bytes) return std::unexpected(PlanError{"is too long", -1});
  if (reinterpret_cast<uintptr_t>(bytes.data()) % plan_alignment != 0) {
    return std::unexpected(PlanError{"is not aligned", -1});
  }
  PlanHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (const char* reason = check_header(header, bytes.size())) return std::unexpected(PlanError{reason, -1});

  const std::byte* record = bytes.data() + sizeof header;
  size_t rest_bytes = bytes.size() - sizeof header;
  for (uint32_t i = 0; i < header.operation_count; i++) {
    RecordHeader record_header;
    if (rest_bytes < sizeof record_header) return std::unexpected(PlanError{"is truncated", i});
    std::memcpy(&record_header, record, sizeof record_header);
    const size_t record_bytes = record_header.length_bytes;
    if (record_bytes < sizeof record_header || record_bytes > rest_bytes ||
        record_bytes % plan_alignment != 0) {
      return std::unexpected(PlanError{"has an impossible length", i});
    }
    if (const char* reason = check_record(record, record_header)) return std::unexpected(PlanError{reason, i});
    record += record_bytes;
    rest_bytes -= record_bytes;
  }
  if (rest_bytes != 0) return std::unexpected(PlanError{"goes on after its last operation", -1});
  return ValidPlan(bytes.data(), header.operation_count);
}

void decode_arguments(const std::byte* record, const char* signature, Argument (&arguments)[max_arguments]) {
  RecordHeader header;
  std::memcpy(&header, record, sizeof header);
  ArgumentReader reader(record + sizeof header, header.length_bytes - sizeof header);
  for (size_t i = 0; i < max_arguments && signature[i] != '\0'; i++) reader.read(signature[i], arguments[i]);
}

auto next_list_string(const char* element, const char*& text) -> const char* {
  uint64_t length_bytes;
  std::memcpy(&length_bytes, element, sizeof length_bytes);
  text = element + sizeof length_bytes;
  return text + ((length_bytes + plan_alignment) & ~(plan_alignment - 1));
}

}  // namespace firstborn
