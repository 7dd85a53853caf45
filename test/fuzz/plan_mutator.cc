// Changes inputs so that most of them are plans still: lengths and counts fit again after every change. Bytes
// are changed blindly as well, now and then, for the validator's sake.

#include <algorithm>
#include <cstring>
#include <random>

#include "editable_plan.h"
#include "input.h"

extern "C" auto LLVMFuzzerMutate(uint8_t* data, size_t length_bytes, size_t most_bytes) -> size_t;

namespace firstborn::fuzz {

namespace {

using Random = std::minstd_rand;

auto below(Random& random, size_t limit) -> size_t { return random() % limit; }

constexpr uint64_t interesting_numbers[] = {0, 1, 2, 3, 9, 31, 32, 40, 63, 64, 120, 127, 128, 255, 256,
                                            0x7fffffff, 0x80000000, 0xffffffff, 0x2000000000000000,
                                            0x4000000000000000, 0x7fffffffffffffff, 0x8000000000000000, ~0ull};
// Around the sizes that the interpreter and the kernel know: interface names, struct sched_attr, paths.
constexpr size_t interesting_lengths[] = {0,  1,  8,   15,  16,   17,   48,   56,
                                          57, 64, 255, 256, 1025, 4095, 4096, 4097};
constexpr uint16_t opcodes[] = {
#define OPERATION(name, code, signature) code,
    FIRSTBORN_OPERATIONS(OPERATION)
#undef OPERATION
};

constexpr const char* signatures[] = {
#define OPERATION(name, code, signature) signature,
    FIRSTBORN_OPERATIONS(OPERATION)
#undef OPERATION
};

// As the signature's letter allows.
auto fitting_number(char type, uint64_t number) -> uint64_t {
  switch (type) {
    case 'w': return static_cast<uint32_t>(number);
    case 'f': return number & 0x7fffffff;
    case 'l': return number % slot_count;
    case 'i': return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(number)));
    default: return number;
  }
}

void resize_text(Random& random, char type, std::string& text) {
  const size_t length_bytes = interesting_lengths[below(random, std::size(interesting_lengths))];
  text.resize(length_bytes, type == 'b' ? '\0' : '/');
  // Structures of the kernel begin with their size.
  const auto told_bytes = static_cast<uint32_t>(length_bytes);
  if (type == 'b' && length_bytes >= sizeof told_bytes) std::memcpy(text.data(), &told_bytes, sizeof told_bytes);
}

void mutate_text(Random& random, char type, std::string& text) {
  constexpr size_t room_bytes = 64;
  if (below(random, 4) == 0) {
    resize_text(random, type, text);
  } else {
    const size_t before = text.size();
    text.resize(before + room_bytes);
    text.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(text.data()), before, text.size()));
  }
  if (type == 'g') {
    const size_t count = std::min(text.size() / sizeof(uint32_t), size_t{max_groups});
    text.resize(count * sizeof(uint32_t));
  } else if (type != 'b') {
    std::erase(text, '\0');
  }
}

void mutate_list(Random& random, EditableArgument& argument) {
  std::vector<std::string>& texts = argument.texts;
  const size_t least = argument.type == 'V' ? 1 : 0;
  if (texts.empty() || below(random, 4) == 0) {
    const std::string copy = texts.empty() ? "/a" : texts[0];
    // One more of them, or many.
    const size_t count = below(random, 4) == 0 ? below(random, 64) : 1;
    texts.insert(texts.begin() + static_cast<long>(below(random, texts.size() + 1)), count, copy);
  } else if (texts.size() > least && below(random, 4) == 0) {
    texts.erase(texts.begin() + static_cast<long>(below(random, texts.size())));
  } else {
    mutate_text(random, argument.type, texts[below(random, texts.size())]);
  }
}

void mutate_argument(Random& random, EditableArgument& argument) {
  switch (argument.type) {
    case 'v':
    case 'V': mutate_list(random, argument); return;
    case 's':
    case 'b':
    case 'g': mutate_text(random, argument.type, argument.texts[0]); return;
    default: break;
  }
  uint64_t number = argument.number;
  switch (below(random, 3)) {
    case 0: number = interesting_numbers[below(random, std::size(interesting_numbers))]; break;
    case 1: number = below(random, 128); break;
    default: LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(&number), sizeof number, sizeof number);
  }
  argument.number = fitting_number(argument.type, number);
}

auto new_operation(Random& random) -> EditableOperation {
  const size_t which = below(random, std::size(opcodes));
  EditableOperation operation{{opcodes[which], 0, 0, {}}, {}};
  for (const char* type = signatures[which]; *type != '\0'; type++) {
    EditableArgument argument{*type, 0, {}};
    if (*type == 's' || *type == 'V') argument.texts.emplace_back("/a");
    if (*type == 'b' || *type == 'g') argument.texts.emplace_back(8, '\0');
    mutate_argument(random, argument);
    operation.arguments.push_back(std::move(argument));
  }
  return operation;
}

// Whether failures of the operation are accepted or warned of.
void mutate_tolerance(Random& random, RecordHeader& header) {
  if (below(random, 2) == 0) {
    header.flags ^= warn_flag;
  } else {
    header.accepted[below(random, max_accepted_errnos)] = static_cast<uint16_t>(below(random, 40));
  }
}

void mutate_plan(Random& random, EditablePlan& plan) {
  const size_t at = plan.empty() ? 0 : below(random, plan.size());
  const auto place = plan.begin() + static_cast<long>(at);
  switch (plan.empty() ? 0 : below(random, 10)) {
    case 0: plan.insert(place, new_operation(random)); return;
    case 1: plan.erase(place); return;
    case 2: {
      const EditableOperation copy = plan[below(random, plan.size())];
      plan.insert(place, copy);
      return;
    }
    case 3: std::swap(plan[at], plan[below(random, plan.size())]); return;
    case 4: mutate_tolerance(random, plan[at].header); return;
    default:
      if (auto& arguments = plan[at].arguments; !arguments.empty()) {
        mutate_argument(random, arguments[below(random, arguments.size())]);
      }
  }
}

// A number somewhere becomes another, whatever it means there: lengths and counts that are not true.
void lie_somewhere(Random& random, std::string& bytes) {
  const size_t words = bytes.size() / sizeof(uint64_t);
  const uint64_t number = interesting_numbers[below(random, std::size(interesting_numbers))];
  std::memcpy(bytes.data() + below(random, words) * sizeof number, &number, sizeof number);
}

auto mutate_answers(std::span<const uint8_t> answers) -> std::string {
  std::string changed(answers.begin(), answers.end());
  changed.resize(answers.size() + 64);
  changed.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(changed.data()), answers.size(), changed.size()));
  return changed;
}

auto put(const std::string& input, uint8_t* data, size_t most_bytes) -> size_t {
  if (input.size() > most_bytes) return 0;
  std::ranges::copy(input, data);
  return input.size();
}

}  // namespace

}  // namespace firstborn::fuzz

extern "C" auto LLVMFuzzerCustomMutator(uint8_t* data, size_t length_bytes, size_t most_bytes,
                                        unsigned int seed) -> size_t {
  using namespace firstborn::fuzz;
  Random random(seed);
  const InputParts parts = split_input({data, length_bytes});
  auto plan = decode_plan(parts.plan);
  if (!plan || below(random, 16) == 0) return LLVMFuzzerMutate(data, length_bytes, most_bytes);
  std::string answers(parts.answers.begin(), parts.answers.end());
  if (below(random, 3) == 0) {
    answers = mutate_answers(parts.answers);
  } else {
    mutate_plan(random, *plan);
  }
  std::string bytes = encode_plan(*plan);
  if (below(random, 16) == 0) lie_somewhere(random, bytes);
  const size_t put_bytes = put(bytes + answers, data, most_bytes);
  return put_bytes != 0 ? put_bytes : LLVMFuzzerMutate(data, length_bytes, most_bytes);
}

// The beginning of one plan, the end of another.
extern "C" auto LLVMFuzzerCustomCrossOver(const uint8_t* first, size_t first_bytes, const uint8_t* second,
                                          size_t second_bytes, uint8_t* out, size_t most_bytes,
                                          unsigned int seed) -> size_t {
  using namespace firstborn::fuzz;
  Random random(seed);
  const InputParts one = split_input({first, first_bytes});
  const InputParts other = split_input({second, second_bytes});
  auto plan = decode_plan(one.plan);
  const auto tail = decode_plan(other.plan);
  if (!plan || !tail) return 0;
  plan->resize(below(random, plan->size() + 1));
  plan->insert(plan->end(), tail->begin() + static_cast<long>(below(random, tail->size() + 1)), tail->end());
  const auto answers = below(random, 2) == 0 ? one.answers : other.answers;
  return put(encode_plan(*plan) + std::string(answers.begin(), answers.end()), out, most_bytes);
}
