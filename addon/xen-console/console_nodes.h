// A console in xenstore: how guest and backend find each other (xen/include/public/io/xenbus.h, io/console.h).
#pragma once

#include "store.h"
#include "text.h"

namespace firstborn {

// The states of both ends. From `closing` on the guest is on its way out.
enum class EndState : uint32_t { initialising = 1, waiting = 2, initialised = 3, connected = 4, closing = 5, closed = 6 };

class ConsoleNodes {
 public:
  ConsoleNodes(Store& store, uint32_t domain, uint32_t index);

  // Makes the console, or finds the one that an earlier backend has left, and watches the guest's end of it.
  void prepare();

  // The guest's end; `closed` when it is not there any more.
  auto guest_state() -> EndState;
  // A number that the guest has published; what is none ends the program.
  auto guest_number(std::string_view name) -> uint32_t;
  void set_state(EndState state);
  // Takes the backend's nodes away. The guest's go with its domain.
  void remove();

 private:
  void make(uint32_t own_domain);
  auto guest_path(std::string_view name) -> StoreText;
  auto own_path(std::string_view name) -> StoreText;

  Store& store_;
  uint32_t domain_;
  uint32_t index_;
  // Below the guest's directory.
  StoreText guest_directory_;
  // Below this domain's own directory.
  StoreText parent_directory_;
  StoreText own_directory_;
};

}  // namespace firstborn
