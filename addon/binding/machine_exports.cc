// stepClock, addEntropy, disableControlAltDelete, reboot, installLastResort.

#include "../clock_and_entropy.h"
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

auto step_clock_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "stepClock", 1);
  const double step_ms = arguments.number(0, -max_clock_step_ms, max_clock_step_ms);
  if (arguments.failed()) return {};
  return finish(info.Env(), step_clock(step_ms));
}

auto add_entropy_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "addEntropy", 1);
  const std::span<uint8_t> bytes = arguments.bytes(0, 1);
  if (arguments.failed()) return {};
  return finish(info.Env(), add_entropy(bytes));
}

auto disable_control_alt_delete_export(const Napi::CallbackInfo& info) -> Napi::Value {
  if (Arguments(info, "disableControlAltDelete", 0).failed()) return {};
  return finish(info.Env(), disable_control_alt_delete());
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
  exports.Set("stepClock", Napi::Function::New(env, step_clock_export, "stepClock"));
  exports.Set("addEntropy", Napi::Function::New(env, add_entropy_export, "addEntropy"));
  exports.Set("disableControlAltDelete",
              Napi::Function::New(env, disable_control_alt_delete_export, "disableControlAltDelete"));
  exports.Set("reboot", Napi::Function::New(env, reboot_export, "reboot"));
  exports.Set("installLastResort", Napi::Function::New(env, install_last_resort_export, "installLastResort"));
}

}  // namespace firstborn
