// reboot, installLastResort.

#include "../power.h"
#include "arguments.h"
#include "exports.h"
#include "results.h"

namespace firstborn {

namespace {

auto power_action(const std::string& name) -> std::optional<PowerAction> {
  if (name == "poweroff") return PowerAction::poweroff;
  if (name == "restart") return PowerAction::restart;
  if (name == "halt") return PowerAction::halt;
  return std::nullopt;
}

auto reboot_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "reboot", 1);
  const auto action = power_action(arguments.string(0));
  if (!action) arguments.fail_range(R"(argument 1 must be "poweroff", "restart" or "halt")");
  if (arguments.failed()) return {};
  return finish(info.Env(), reboot_machine(*action));
}

auto install_last_resort_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "installLastResort", 1);
  const int console_fd = arguments.fd(0);
  if (arguments.failed()) return {};
  return finish(info.Env(), install_last_resort(console_fd));
}

}  // namespace

void add_machine_exports(Napi::Env env, Napi::Object exports) {
  exports.Set("reboot", Napi::Function::New(env, reboot_export, "reboot"));
  exports.Set("installLastResort", Napi::Function::New(env, install_last_resort_export, "installLastResort"));
}

}  // namespace firstborn
