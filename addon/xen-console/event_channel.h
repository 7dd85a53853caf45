// Event channel and shared page, by the kernel's own devices (linux/xen/evtchn.h, linux/xen/gntdev.h). What fails ends
// the program.
#pragma once

#include <cstdint>

#include "../unique_fd.h"
#include "console_ring.h"

namespace firstborn {

// The other end of an event channel that a domain has offered.
class EventChannel {
 public:
  // Takes the offer. An earlier end of this side may need a moment to be gone, so this tries for two seconds.
  EventChannel(uint32_t domain, uint32_t remote_port);

  // Readable when the guest has sent an event.
  [[nodiscard]] auto fd() const -> int { return device_.get(); }
  void notify();
  // Takes the event; the next one can come. What the guest did before it is visible from here on.
  void take();

 private:
  UniqueFd device_;
  uint32_t port_ = 0;
};

// Maps the page that a domain has granted. It stays readable when the domain has gone.
auto map_granted_page(uint32_t domain, uint32_t grant) -> ConsolePage*;

}  // namespace firstborn
