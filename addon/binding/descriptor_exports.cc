// openInRoot, makePipe, setNonblocking, setPipeSize, readSome, awaitReadable,
// awaitWritable, writeSome, openUeventSocket.

#include <poll.h>

#include "../fd_io.h"
#include "../uevent_socket.h"
#include "arguments.h"
#include "exports.h"
#include "results.h"

namespace firstborn {

namespace {

auto open_in_root_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "openInRoot", 4);
  const std::string root = arguments.string(0);
  const std::string path = arguments.string(1);
  const auto flags = static_cast<uint32_t>(arguments.integer(2, 0, UINT32_MAX));
  const auto mode = static_cast<uint32_t>(arguments.integer(3, 0, 07777));
  if (arguments.failed()) return {};
  auto fd = open_in_root(root.c_str(), path.c_str(), flags, mode);
  if (!fd) return throw_system_error(info.Env(), fd.error());
  return Napi::Number::New(info.Env(), fd->release());
}

auto make_pipe_export(const Napi::CallbackInfo& info) -> Napi::Value {
  if (Arguments(info, "makePipe", 0).failed()) return {};
  auto pipe = make_pipe();
  if (!pipe) return throw_system_error(info.Env(), pipe.error());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("readFd", Napi::Number::New(info.Env(), pipe->read_end.release()));
  result.Set("writeFd", Napi::Number::New(info.Env(), pipe->write_end.release()));
  return result;
}

auto set_nonblocking_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "setNonblocking", 2);
  const int fd = arguments.fd(0);
  const bool nonblocking = arguments.boolean(1);
  if (arguments.failed()) return {};
  return finish(info.Env(), set_nonblocking(fd, nonblocking));
}

auto set_pipe_size_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "setPipeSize", 2);
  const int fd = arguments.fd(0);
  const auto length_bytes = static_cast<int>(arguments.integer(1, 1, INT32_MAX));
  if (arguments.failed()) return {};
  return finish(info.Env(), set_pipe_size(fd, length_bytes));
}

auto read_some_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "readSome", 2);
  const int fd = arguments.fd(0);
  // With an empty buffer, 0 would not mean the end.
  const std::span<uint8_t> buffer = arguments.bytes(1, 1);
  if (arguments.failed()) return {};
  const auto length_bytes = read_some(fd, buffer.data(), buffer.size());
  if (!length_bytes) return throw_system_error(info.Env(), length_bytes.error());
  return Napi::Number::New(info.Env(), static_cast<double>(*length_bytes));
}

auto await_ready_export(const Napi::CallbackInfo& info, const char* name, short events) -> Napi::Value {
  constexpr int longest_wait_ms = 1000;
  Arguments arguments(info, name, 2);
  const int fd = arguments.fd(0);
  const auto timeout_ms = static_cast<int>(arguments.integer(1, 0, longest_wait_ms));
  if (arguments.failed()) return {};
  const auto ready = await_ready(fd, events, timeout_ms);
  if (!ready) return throw_system_error(info.Env(), ready.error());
  return Napi::Boolean::New(info.Env(), *ready);
}

auto await_readable_export(const Napi::CallbackInfo& info) -> Napi::Value {
  return await_ready_export(info, "awaitReadable", POLLIN);
}

auto await_writable_export(const Napi::CallbackInfo& info) -> Napi::Value {
  return await_ready_export(info, "awaitWritable", POLLOUT);
}

auto write_some_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "writeSome", 2);
  const int fd = arguments.fd(0);
  const std::span<uint8_t> bytes = arguments.bytes(1, 0);
  if (arguments.failed()) return {};
  const auto length_bytes = write_some(fd, bytes.data(), bytes.size());
  if (!length_bytes) return throw_system_error(info.Env(), length_bytes.error());
  return Napi::Number::New(info.Env(), static_cast<double>(*length_bytes));
}

auto open_uevent_socket_export(const Napi::CallbackInfo& info) -> Napi::Value {
  if (Arguments(info, "openUeventSocket", 0).failed()) return {};
  auto fd = open_uevent_socket();
  if (!fd) return throw_system_error(info.Env(), fd.error());
  return Napi::Number::New(info.Env(), fd->release());
}

}  // namespace

void add_descriptor_exports(Napi::Env env, Napi::Object exports) {
  exports.Set("openInRoot", Napi::Function::New(env, open_in_root_export, "openInRoot"));
  exports.Set("makePipe", Napi::Function::New(env, make_pipe_export, "makePipe"));
  exports.Set("setNonblocking", Napi::Function::New(env, set_nonblocking_export, "setNonblocking"));
  exports.Set("setPipeSize", Napi::Function::New(env, set_pipe_size_export, "setPipeSize"));
  exports.Set("readSome", Napi::Function::New(env, read_some_export, "readSome"));
  exports.Set("awaitReadable", Napi::Function::New(env, await_readable_export, "awaitReadable"));
  exports.Set("awaitWritable", Napi::Function::New(env, await_writable_export, "awaitWritable"));
  exports.Set("writeSome", Napi::Function::New(env, write_some_export, "writeSome"));
  exports.Set("openUeventSocket", Napi::Function::New(env, open_uevent_socket_export, "openUeventSocket"));
}

}  // namespace firstborn
