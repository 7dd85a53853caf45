// How a run of the fuzzer says that something is wrong.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace firstborn::fuzz {

// Ends the run; libFuzzer keeps the input. AddressSanitizer prints the stack.
#define FUZZ_REQUIRE(condition, what)                                          \
  do {                                                                         \
    if (!(condition)) {                                                        \
      std::fprintf(stderr, "==fuzz== %s (%s:%d)\n", what, __FILE__, __LINE__); \
      std::abort();                                                            \
    }                                                                          \
  } while (false)

}  // namespace firstborn::fuzz
