// firstborn-xen-console DOMAIN INDEX: the backend of a Xen guest's second and later consoles, which Xen's own daemon
// does not serve. What it reads goes to the guest, what the guest prints it writes, byte by byte. It needs nothing but
// the kernel's /dev/xen, and says on standard error when the guest can find its console.

#include "../program_start.h"
#include "pump.h"

namespace firstborn {

namespace {

// DOMID_FIRST_RESERVED of xen/include/public/xen.h.
constexpr uint32_t max_domain = 0x7fef;
// Guests go by the last digit (drivers/tty/hvc/hvc_xen.c), and the first console is the daemon's.
constexpr uint32_t max_index = 9;

struct Words {
  uint32_t domain;
  uint32_t index;
};

auto read_words(long count, const char* const* words) -> std::optional<Words> {
  if (count != 3) return std::nullopt;
  const auto domain = parse_number(words[1]);
  const auto index = parse_number(words[2]);
  if (!domain.has_value() || *domain == 0 || *domain > max_domain) return std::nullopt;
  if (!index.has_value() || *index == 0 || *index > max_index) return std::nullopt;
  return Words{*domain, *index};
}

auto serve(const Words& words) -> ExitStatus {
  Store store;
  ConsoleNodes nodes(store, words.domain, words.index);
  nodes.prepare();
  Text<80> line;
  say(line.add("console ").add(words.index).add(" of domain ").add(words.domain).add(" is there").view());
  const auto early_end = wait_for_guest(store, nodes);
  const auto end = early_end.has_value() ? *early_end : [&] {
    EventChannel events(words.domain, nodes.guest_number("port"));
    ConsolePage* const page = map_granted_page(words.domain, nodes.guest_number("ring-ref"));
    nodes.set_state(EndState::connected);
    return Pump(store, nodes, events, page).run();
  }();
  if (end == ExitStatus::guest_gone) {
    nodes.set_state(EndState::closed);
    nodes.remove();
  }
  if (end == ExitStatus::broken_ring) say("the guest's counters are out of bounds");
  return end;
}

}  // namespace

// Called by _start with what the kernel has put on the stack: argc, argv, NULL, environment, NULL.
extern "C" [[noreturn, gnu::used]] void begin(long* stack) {
  const auto words = read_words(stack[0], reinterpret_cast<const char* const*>(stack + 1));
  if (!words.has_value()) {
    say("expected DOMAIN INDEX, the number of a domain and of a console from 1 to 9");
    exit_with(ExitStatus::bad_use);
  }
  exit_with(serve(*words));
}

}  // namespace firstborn
