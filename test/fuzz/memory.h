// Memory as the kernel uses it when it is handed a pointer. All of it goes through instrumented code, so that
// AddressSanitizer sees a bad pointer or length where the kernel would return EFAULT, or worse, would not.
#pragma once

#include <cstddef>

namespace firstborn::fuzz {

void read_bytes(long address, size_t length_bytes);
// Up to the NUL.
void read_string(long address);
// A vector of strings that ends with a null pointer, as execve takes it.
void read_strings(long address);

// Writes `used_bytes` from `bytes`, then forbids to read the rest of the buffer, which the kernel would not
// have written to, up to the next forget_unwritten().
void answer_bytes(long address, size_t length_bytes, const void* bytes, size_t used_bytes);
void forget_unwritten();

}  // namespace firstborn::fuzz
