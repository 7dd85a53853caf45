#include "editable_plan.h"

#include <cstring>
#include <memory>

#include "../../addon/plan_validator.h"

namespace firstborn::fuzz {

namespace {

auto decode_argument(char type, const Argument& argument) -> EditableArgument {
  EditableArgument decoded{type, argument.number, {}};
  if (type == 's' || type == 'b') decoded.texts.emplace_back(argument.bytes, argument.length_bytes);
  if (type == 'g') decoded.texts.emplace_back(argument.bytes, argument.number * sizeof(uint32_t));
  if (type == 'v' || type == 'V') {
    const char* element = argument.bytes;
    for (uint64_t i = 0; i < argument.number; i++) {
      const char* text = nullptr;
      element = next_list_string(element, text);
      decoded.texts.emplace_back(text);
    }
  }
  return decoded;
}

void append(std::string& bytes, const void* value, size_t length_bytes) {
  bytes.append(static_cast<const char*>(value), length_bytes);
}

void append_number(std::string& bytes, uint64_t number) { append(bytes, &number, sizeof number); }

void append_padded(std::string& bytes, const std::string& text, size_t at_least) {
  bytes += text;
  bytes.append(at_least, '\0');
  bytes.resize((bytes.size() + plan_alignment - 1) & ~(plan_alignment - 1));
}

void append_argument(std::string& bytes, const EditableArgument& argument) {
  switch (argument.type) {
    case 'g':
      append_number(bytes, argument.texts[0].size() / sizeof(uint32_t));
      append_padded(bytes, argument.texts[0], 0);
      return;
    case 'v':
    case 'V':
      append_number(bytes, argument.texts.size());
      [[fallthrough]];
    case 's':
    case 'b':
      for (const std::string& text : argument.texts) {
        append_number(bytes, text.size());
        append_padded(bytes, text, 1);
      }
      return;
    default: append_number(bytes, argument.number);
  }
}

}  // namespace

auto decode_plan(std::span<const uint8_t> bytes) -> std::optional<EditablePlan> {
  // The validator asks for alignment.
  const std::unique_ptr<std::byte[]> aligned(new std::byte[bytes.size()]);
  if (!bytes.empty()) std::memcpy(aligned.get(), bytes.data(), bytes.size());
  const auto plan = validate_plan({aligned.get(), bytes.size()});
  if (!plan) return std::nullopt;
  EditablePlan decoded(plan->operation_count());
  const std::byte* record = plan->first_record();
  for (auto& [header, arguments] : decoded) {
    std::memcpy(&header, record, sizeof header);
    const char* signature = signature_of(header.opcode);
    Argument values[max_arguments]{};
    decode_arguments(record, signature, values);
    for (size_t i = 0; signature[i] != '\0'; i++) {
      arguments.push_back(decode_argument(signature[i], values[i]));
    }
    record += header.length_bytes;
  }
  return decoded;
}

auto encode_plan(const EditablePlan& plan) -> std::string {
  std::string bytes(sizeof(PlanHeader), '\0');
  for (const auto& [header, arguments] : plan) {
    std::string record(sizeof header, '\0');
    for (const EditableArgument& argument : arguments) append_argument(record, argument);
    RecordHeader fitting = header;
    fitting.length_bytes = static_cast<uint32_t>(record.size());
    std::memcpy(record.data(), &fitting, sizeof fitting);
    bytes += record;
  }
  const PlanHeader header{plan_magic, plan_version, 0, static_cast<uint32_t>(plan.size()),
                          static_cast<uint32_t>(bytes.size())};
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

}  // namespace firstborn::fuzz
