// What this program tells the one who started it: its exit status, and one line on standard error.
#pragma once

#include <string_view>

namespace firstborn {

// Part of the program's interface: docs/xen.md has the table.
enum class ExitStatus : int {
  // The guest has closed the console, or is gone.
  guest_gone = 0,
  // Something that it needs failed; the line says what.
  failed = 1,
  // Its words make no sense.
  bad_use = 2,
  // Standard input has ended or nobody reads standard output. The console stays, for the next one to go on with.
  host_gone = 3,
  // The guest's counters can't be: nothing more can be believed of this console.
  broken_ring = 4,
};

[[noreturn]] void exit_with(ExitStatus status);

// `firstborn-xen-console: TEXT`.
void say(std::string_view text);

// Says `cannot ACTION "SUBJECT": ERROR` and ends with `failed`.
[[noreturn]] void fail(std::string_view action, std::string_view subject, int error);
[[noreturn]] void fail(std::string_view action, std::string_view subject, std::string_view error);

}  // namespace firstborn
