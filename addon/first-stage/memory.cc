// What the compiler calls by itself and a C library would have. Plain loops: nothing here is large or frequent.

#include <cstddef>

extern "C" {

auto memcpy(void* to, const void* from, size_t length_bytes) -> void* {
  for (size_t i = 0; i < length_bytes; i++) static_cast<char*>(to)[i] = static_cast<const char*>(from)[i];
  return to;
}

auto memset(void* at, int value, size_t length_bytes) -> void* {
  for (size_t i = 0; i < length_bytes; i++) static_cast<char*>(at)[i] = static_cast<char>(value);
  return at;
}

auto memcmp(const void* one, const void* other, size_t length_bytes) -> int {
  for (size_t i = 0; i < length_bytes; i++) {
    const int difference = static_cast<const unsigned char*>(one)[i] - static_cast<const unsigned char*>(other)[i];
    if (difference != 0) return difference;
  }
  return 0;
}

auto memchr(const void* at, int value, size_t length_bytes) -> void* {
  for (size_t i = 0; i < length_bytes; i++) {
    const char* byte = static_cast<const char*>(at) + i;
    if (*byte == static_cast<char>(value)) return const_cast<char*>(byte);
  }
  return nullptr;
}

auto strlen(const char* text) -> size_t {
  size_t length_bytes = 0;
  while (text[length_bytes] != '\0') length_bytes++;
  return length_bytes;
}

}  // extern "C"
