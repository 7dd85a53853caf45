// Bytes both ways between a console and this program's standard input and output.
#pragma once

#include "console_nodes.h"
#include "console_ring.h"
#include "event_channel.h"
#include "failure.h"

namespace firstborn {

// Waits until the guest has opened its end. Anything else is how the program is to end.
auto wait_for_guest(Store& store, ConsoleNodes& nodes) -> std::optional<ExitStatus>;

class Pump {
 public:
  Pump(Store& store, ConsoleNodes& nodes, EventChannel& events, ConsolePage* page)
      : store_(store), nodes_(nodes), events_(events), ring_(page) {}

  // Pumps until there is a reason to end, which it returns. Blocks for as long as the console lives.
  auto run() -> ExitStatus;

 private:
  // Takes output off the ring when none waits to be written. False when the guest's counters can't be.
  auto take_output() -> bool;
  void write_output();
  // Reads as much input as there is room for; false at its end.
  auto pass_input() -> bool;
  auto follow_guest() -> std::optional<ExitStatus>;
  void write_last_output();
  void write_all_output();

  Store& store_;
  ConsoleNodes& nodes_;
  EventChannel& events_;
  ConsoleRing ring_;
  char unwritten_[output_ring_bytes];
  uint32_t unwritten_start_ = 0;
  uint32_t unwritten_end_ = 0;
  uint32_t input_room_ = 0;
  bool has_moved_ = false;
};

}  // namespace firstborn
