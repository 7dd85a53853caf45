#include "pump.h"

#include <poll.h>

#include "pause.h"

namespace firstborn {

namespace {

constexpr int standard_input = 0;
constexpr int standard_output = 1;
constexpr short gone = POLLHUP | POLLERR | POLLNVAL;

// An event without a byte in its wake costs the guest a pause: it could send them for nothing but our time.
constexpr long idle_event_pause_ms = 1;

void wait_for(pollfd* descriptors, unsigned count) {
  const long ready = raw_syscall(SYS_ppoll, descriptors, count, nullptr, nullptr, 0);
  if (ready < 0 && ready != -EINTR) fail("wait for", "standard input and the console", error_of(ready));
}

}  // namespace

auto wait_for_guest(Store& store, ConsoleNodes& nodes) -> std::optional<ExitStatus> {
  for (;;) {
    const EndState state = nodes.guest_state();
    if (state >= EndState::closing) return ExitStatus::guest_gone;
    if (state >= EndState::initialised) return std::nullopt;
    if (store.had_event()) continue;
    // Input waits where it is.
    pollfd descriptors[] = {{store.fd(), POLLIN, 0}, {standard_input, 0, 0}, {standard_output, 0, 0}};
    wait_for(descriptors, 3);
    if (((descriptors[1].revents | descriptors[2].revents) & gone) != 0) return ExitStatus::host_gone;
    if (descriptors[0].revents != 0) store.take_event();
  }
}

auto Pump::run() -> ExitStatus {
  for (;;) {
    if (!take_output()) return ExitStatus::broken_ring;
    const auto room = ring_.input_room();
    if (!room.has_value()) return ExitStatus::broken_ring;
    has_moved_ = has_moved_ || *room != input_room_;
    input_room_ = *room;

    if (store_.had_event()) {
      if (const auto end = follow_guest(); end.has_value()) return *end;
      continue;
    }
    const bool has_output = unwritten_start_ < unwritten_end_;
    pollfd descriptors[] = {{events_.fd(), POLLIN, 0},
                            {store_.fd(), POLLIN, 0},
                            // Without room its end has to wait, too: bytes may come before it.
                            {input_room_ > 0 ? standard_input : -1, POLLIN, 0},
                            {standard_output, static_cast<short>(has_output ? POLLOUT : 0), 0}};
    wait_for(descriptors, 4);
    const auto& [event, change, input, output] = descriptors;
    if ((output.revents & gone) != 0) return ExitStatus::host_gone;
    if ((output.revents & POLLOUT) != 0) write_output();
    if (input.revents != 0 && !pass_input()) return ExitStatus::host_gone;
    if (event.revents != 0) {
      if (!has_moved_) pause_ms(idle_event_pause_ms);
      has_moved_ = false;
      events_.take();
    }
    if (change.revents != 0) {
      store_.take_event();
      if (const auto end = follow_guest(); end.has_value()) return *end;
    }
  }
}

auto Pump::take_output() -> bool {
  if (unwritten_start_ < unwritten_end_) return true;
  const auto taken = ring_.take_output(unwritten_, sizeof unwritten_);
  if (!taken.has_value()) return false;
  unwritten_start_ = 0;
  unwritten_end_ = *taken;
  if (*taken > 0) {
    has_moved_ = true;
    events_.notify();
  }
  return true;
}

void Pump::write_output() {
  const long written = raw_syscall(SYS_write, standard_output, unwritten_ + unwritten_start_, unwritten_end_ - unwritten_start_);
  if (written == -EINTR || written == -EAGAIN) return;
  if (written < 0) exit_with(ExitStatus::host_gone);
  unwritten_start_ += static_cast<uint32_t>(written);
}

auto Pump::pass_input() -> bool {
  char bytes[input_ring_bytes];
  const long got = raw_syscall(SYS_read, standard_input, bytes, input_room_);
  if (got == -EINTR || got == -EAGAIN) return true;
  if (got <= 0) return false;
  ring_.give_input(bytes, static_cast<uint32_t>(got));
  events_.notify();
  return true;
}

auto Pump::follow_guest() -> std::optional<ExitStatus> {
  const EndState state = nodes_.guest_state();
  if (state < EndState::closing) return std::nullopt;
  // Without it the guest would wait for five seconds on its way down.
  nodes_.set_state(EndState::closing);
  if (state == EndState::closing) return std::nullopt;
  write_last_output();
  return ExitStatus::guest_gone;
}

// At most one more ring of it: a guest that lives on could print for ever.
void Pump::write_last_output() {
  write_all_output();
  if (take_output()) write_all_output();
}

void Pump::write_all_output() {
  while (unwritten_start_ < unwritten_end_) {
    pollfd output{standard_output, POLLOUT, 0};
    wait_for(&output, 1);
    write_output();
  }
}

}  // namespace firstborn
