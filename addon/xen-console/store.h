// xenstore, through the kernel's own client (drivers/xen/xenbus/xenbus_dev_frontend.c). What fails ends the program,
// unless it says otherwise here.
#pragma once

#include <optional>
#include <string_view>

#include "../unique_fd.h"
#include "store_wire.h"

namespace firstborn {

class Store {
 public:
  // Opens the device.
  Store();

  // Readable when something that is watched may have changed.
  [[nodiscard]] auto fd() const -> int { return device_.get(); }

  // The value of a node, valid until the next call; nothing for one that is not there. Blocks for the answer, as all do.
  auto read(std::string_view path) -> std::optional<std::string_view>;
  // As a number; nothing for what is none.
  auto read_number(std::string_view path) -> std::optional<uint32_t>;
  void write(std::string_view path, std::string_view value);
  // The same, where a domain may go away under the path; says whether it was still there.
  auto try_write(std::string_view path, std::string_view value) -> bool;
  // A directory that `owner` owns and `reader` may read, and nobody else.
  void make_directory(std::string_view path, uint32_t owner, uint32_t reader);
  void watch(std::string_view path);
  // Takes the node away with all below it. One that is not there is as good.
  void remove(std::string_view path);
  // Whether nothing is below the node. True for one that is not there, too.
  auto is_empty(std::string_view path) -> bool;

  // Takes one event off the device, which is readable.
  void take_event();
  // Whether one came before an answer since this was last asked: the device is not readable for it any more.
  auto had_event() -> bool { return std::exchange(had_event_, false); }

 private:
  struct Reply {
    StoreMessage type;
    std::string_view payload;
  };

  // Sends a request and waits for its answer, over events that come before.
  auto ask(StoreRequest& request) -> Reply;
  auto receive() -> StoreHeader;
  void receive_bytes(void* to, size_t length_bytes);
  void expect_success(const Reply& reply, std::string_view action, std::string_view path);

  UniqueFd device_;
  uint32_t last_request_id_ = 0;
  bool had_event_ = false;
  char payload_[max_store_payload_bytes];
};

}  // namespace firstborn
