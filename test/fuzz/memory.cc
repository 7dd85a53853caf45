#include "memory.h"

#include <sanitizer/asan_interface.h>

#include <cstring>

#include "finding.h"

namespace firstborn::fuzz {

namespace {

volatile unsigned char sink;

char* unwritten = nullptr;
size_t unwritten_bytes = 0;

}  // namespace

void read_bytes(long address, size_t length_bytes) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(address);
  FUZZ_REQUIRE(bytes != nullptr || length_bytes == 0, "hands the kernel a null pointer");
  // Much faster than to look at each byte; the bad one is then touched for the sake of the report.
  void* bad = nullptr;
  if (length_bytes > 0) bad = __asan_region_is_poisoned(const_cast<unsigned char*>(bytes), length_bytes);
  if (bad != nullptr) sink = *static_cast<unsigned char*>(bad);
}

void read_string(long address) {
  const auto* text = reinterpret_cast<const char*>(address);
  FUZZ_REQUIRE(text != nullptr, "hands the kernel a null pointer as a string");
  read_bytes(address, std::strlen(text) + 1);
}

void read_strings(long address) {
  const auto* texts = reinterpret_cast<const char* const*>(address);
  FUZZ_REQUIRE(texts != nullptr, "hands the kernel a null pointer as a list");
  for (; *texts != nullptr; texts++) read_string(reinterpret_cast<long>(*texts));
}

void answer_bytes(long address, size_t length_bytes, const void* bytes, size_t used_bytes) {
  auto* buffer = reinterpret_cast<char*>(address);
  // The whole buffer has to be there, however much of it is used.
  std::memset(buffer, 0xa5, length_bytes);
  std::memcpy(buffer, bytes, used_bytes);
  unwritten = buffer + used_bytes;
  unwritten_bytes = length_bytes - used_bytes;
  ASAN_POISON_MEMORY_REGION(unwritten, unwritten_bytes);
}

void forget_unwritten() {
  if (unwritten == nullptr) return;
  ASAN_UNPOISON_MEMORY_REGION(unwritten, unwritten_bytes);
  unwritten = nullptr;
}

}  // namespace firstborn::fuzz
