// Damages a valid plan in every way it can think of and lets the validator judge the result. A plan that passes
// is decoded whole, as the interpreter would, so that AddressSanitizer sees every byte that could be touched.
// Nothing is run. Usage: interpreter_fuzz PLAN ROUNDS. The seed is fixed: two runs do the same.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "../../addon/plan_validator.h"

using namespace firstborn;

namespace {

uint64_t random_state = 0x9e3779b97f4a7c15;

// xorshift64
auto random_below(uint64_t limit) -> uint64_t {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state % limit;
}

constexpr uint64_t interesting[] = {0, 1, 7, 8, 15, 16, 17, 4095, 4096, 4097, 0x7fffffff, 0x80000000,
                                    0xffffffff, 0x100000000, 0x7fffffffffffffff, 0xfffffffffffffff8, ~0ull};

void damage(std::vector<char>& bytes) {
  for (uint64_t count = 1 + random_below(3); count > 0 && !bytes.empty(); count--) {
    const uint64_t at = random_below(bytes.size());
    switch (random_below(6)) {
      case 0: bytes[at] ^= static_cast<char>(1 << random_below(8)); break;
      case 1: bytes[at] = static_cast<char>(random_below(256)); break;
      case 2: {  // a whole number, aligned as the format has them
        const uint64_t value = interesting[random_below(std::size(interesting))];
        const uint64_t aligned = at & ~7ull;
        if (aligned + 8 <= bytes.size()) std::memcpy(&bytes[aligned], &value, sizeof value);
        break;
      }
      case 3: bytes.resize(at); break;
      case 4: bytes.insert(bytes.end(), 1 + random_below(64), static_cast<char>(random_below(2))); break;
      default: {  // one part over another
        const uint64_t length = random_below(64);
        const uint64_t from = random_below(bytes.size());
        if (from + length <= bytes.size() && at + length <= bytes.size()) {
          std::memmove(&bytes[at], &bytes[from], length);
        }
      }
    }
  }
  // Half of the time the header is made to fit again, so that the damage is met further inside.
  if (bytes.size() >= sizeof(PlanHeader) && random_below(2) == 0) {
    const auto length = static_cast<uint32_t>(bytes.size());
    std::memcpy(&bytes[12], &length, sizeof length);
  }
}

auto touch(const char* bytes, size_t length) -> uint64_t {
  uint64_t sum = 0;
  for (size_t i = 0; i < length; i++) sum += static_cast<unsigned char>(bytes[i]);
  return sum;
}

auto touch_argument(char type, const Argument& argument) -> uint64_t {
  if (type == 's' || type == 'b') return touch(argument.bytes, argument.length_bytes + 1);
  if (type == 'g') return touch(argument.bytes, argument.number * sizeof(uint32_t));
  if (type != 'v' && type != 'V') return argument.number;
  uint64_t sum = 0;
  const char* element = argument.bytes;
  for (uint64_t i = 0; i < argument.number; i++) {
    const char* text = nullptr;
    element = next_list_string(element, text);
    sum += touch(text, std::strlen(text) + 1);
  }
  return sum;
}

auto touch_plan(const ValidPlan& plan) -> uint64_t {
  uint64_t sum = 0;
  const std::byte* record = plan.first_record();
  for (uint32_t i = 0; i < plan.operation_count(); i++) {
    RecordHeader header;
    std::memcpy(&header, record, sizeof header);
    const char* signature = signature_of(header.opcode);
    if (signature == nullptr) std::abort();
    Argument arguments[max_arguments]{};
    decode_arguments(record, signature, arguments);
    for (size_t n = 0; signature[n] != '\0'; n++) sum += touch_argument(signature[n], arguments[n]);
    record += header.length_bytes;
  }
  return sum;
}

}  // namespace

int main(int, char** words) {
  std::ifstream file(words[1], std::ios::binary);
  const std::vector<char> original{std::istreambuf_iterator<char>(file), {}};
  const long rounds = std::atol(words[2]);
  long valid = 0;
  uint64_t sum = 0;
  for (long round = 0; round < rounds; round++) {
    std::vector<char> damaged = original;
    if (round > 0) damage(damaged);
    // An allocation of exactly this size: one byte too far is an error.
    const std::unique_ptr<std::byte[]> exact(new std::byte[damaged.size()]);
    if (!damaged.empty()) std::memcpy(exact.get(), damaged.data(), damaged.size());
    const auto plan = validate_plan({exact.get(), damaged.size()});
    if (!plan) continue;
    valid++;
    sum += touch_plan(*plan);
  }
  std::printf("%ld %ld %d\n", rounds, valid, sum != 0);
  return 0;
}
