#include "store.h"

#include <fcntl.h>

#include "failure.h"
#include "text.h"

namespace firstborn {

namespace {

constexpr char device_path[] = "/dev/xen/xenbus";
constexpr std::string_view missing = "ENOENT";

}  // namespace

Store::Store() {
  const long opened = raw_syscall(SYS_openat, AT_FDCWD, device_path, O_RDWR | O_CLOEXEC, 0);
  if (opened < 0) fail("open", device_path, error_of(opened));
  device_ = UniqueFd(opened);
}

auto Store::read(std::string_view path) -> std::optional<std::string_view> {
  StoreRequest request(StoreMessage::read, ++last_request_id_);
  const Reply reply = ask(request.add_string(path));
  if (reply.type == StoreMessage::error && store_value(reply.payload) == missing) return std::nullopt;
  expect_success(reply, "read", path);
  return store_value(reply.payload);
}

auto Store::read_number(std::string_view path) -> std::optional<uint32_t> {
  const auto value = read(path);
  if (!value.has_value()) return std::nullopt;
  return parse_number(*value);
}

auto Store::try_write(std::string_view path, std::string_view value) -> bool {
  StoreRequest request(StoreMessage::write, ++last_request_id_);
  return ask(request.add_string(path).add_bytes(value)).type != StoreMessage::error;
}

void Store::write(std::string_view path, std::string_view value) {
  StoreRequest request(StoreMessage::write, ++last_request_id_);
  expect_success(ask(request.add_string(path).add_bytes(value)), "write", path);
}

void Store::make_directory(std::string_view path, uint32_t owner, uint32_t reader) {
  StoreRequest make(StoreMessage::make_directory, ++last_request_id_);
  expect_success(ask(make.add_string(path)), "make", path);
  StoreText owner_alone;
  owner_alone.add("n").add(owner);
  StoreText may_read;
  may_read.add("r").add(reader);
  StoreRequest permit(StoreMessage::set_permissions, ++last_request_id_);
  permit.add_string(path).add_string(owner_alone.view()).add_string(may_read.view());
  expect_success(ask(permit), "set the permissions of", path);
}

void Store::watch(std::string_view path) {
  StoreRequest request(StoreMessage::watch, ++last_request_id_);
  expect_success(ask(request.add_string(path).add_string("state")), "watch", path);
}

void Store::remove(std::string_view path) {
  StoreRequest request(StoreMessage::remove, ++last_request_id_);
  const Reply reply = ask(request.add_string(path));
  if (reply.type == StoreMessage::error && store_value(reply.payload) == missing) return;
  expect_success(reply, "remove", path);
}

auto Store::is_empty(std::string_view path) -> bool {
  StoreRequest request(StoreMessage::directory, ++last_request_id_);
  const Reply reply = ask(request.add_string(path));
  return reply.type == StoreMessage::error || reply.payload.empty();
}

void Store::take_event() { receive(); }

auto Store::ask(StoreRequest& request) -> Reply {
  const auto message = request.message();
  if (!message.has_value()) fail("write to", device_path, E2BIG);
  const long written = raw_syscall(SYS_write, device_.get(), message->data(), message->size());
  if (written < 0) fail("write to", device_path, error_of(written));
  for (;;) {
    const StoreHeader header = receive();
    if (header.type == StoreMessage::watch_event) {
      had_event_ = true;
      continue;
    }
    if (header.request_id != last_request_id_) continue;
    return {header.type, {payload_, header.payload_bytes}};
  }
}

auto Store::receive() -> StoreHeader {
  StoreHeader header{};
  receive_bytes(&header, sizeof header);
  if (header.payload_bytes > sizeof payload_) fail("read from", device_path, EINVAL);
  receive_bytes(payload_, header.payload_bytes);
  return header;
}

void Store::receive_bytes(void* to, size_t length_bytes) {
  char* at = static_cast<char*>(to);
  while (length_bytes > 0) {
    const long got = raw_syscall(SYS_read, device_.get(), at, length_bytes);
    if (got == -EINTR) continue;
    if (got <= 0) fail("read from", device_path, got == 0 ? EPIPE : error_of(got));
    at += got;
    length_bytes -= static_cast<size_t>(got);
  }
}

void Store::expect_success(const Reply& reply, std::string_view action, std::string_view path) {
  if (reply.type == StoreMessage::error) fail(action, path, store_value(reply.payload));
}

}  // namespace firstborn
