// openTerminal, setTerminalSize, setRawMode.

#include "../terminal.h"
#include "arguments.h"
#include "exports.h"
#include "results.h"

namespace firstborn {

namespace {

auto open_terminal_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "openTerminal", 1);
  const std::string ptmx_path = arguments.string(0);
  if (arguments.failed()) return {};
  auto terminal = open_terminal(ptmx_path.c_str());
  if (!terminal) return throw_system_error(info.Env(), terminal.error());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("outputFd", Napi::Number::New(info.Env(), terminal->output.release()));
  result.Set("inputFd", Napi::Number::New(info.Env(), terminal->input.release()));
  result.Set("slaveFd", Napi::Number::New(info.Env(), terminal->slave.release()));
  return result;
}

auto set_terminal_size_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "setTerminalSize", 3);
  const int fd = arguments.fd(0);
  const auto rows = static_cast<uint16_t>(arguments.integer(1, 0, UINT16_MAX));
  const auto columns = static_cast<uint16_t>(arguments.integer(2, 0, UINT16_MAX));
  if (arguments.failed()) return {};
  return finish(info.Env(), set_terminal_size(fd, rows, columns));
}

auto set_raw_mode_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "setRawMode", 1);
  const int fd = arguments.fd(0);
  if (arguments.failed()) return {};
  return finish(info.Env(), set_raw_mode(fd));
}

}  // namespace

void add_terminal_exports(Napi::Env env, Napi::Object exports) {
  exports.Set("openTerminal", Napi::Function::New(env, open_terminal_export, "openTerminal"));
  exports.Set("setTerminalSize", Napi::Function::New(env, set_terminal_size_export, "setTerminalSize"));
  exports.Set("setRawMode", Napi::Function::New(env, set_raw_mode_export, "setRawMode"));
}

}  // namespace firstborn
