// runPlan, runTimedPlan, spawn, continueChild, reapChild, signalPidfd.

#include "../processes.h"
#include "../spawn.h"
#include "arguments.h"
#include "exports.h"
#include "results.h"

namespace firstborn {

namespace {

auto run(Napi::Env env, const ValidPlan& plan, double* end_times_ms) -> Napi::Value {
  std::vector<OperationFailure> warnings;
  const auto remember = [](void* context, OperationFailure failure) {
    static_cast<std::vector<OperationFailure>*>(context)->push_back(failure);
  };
  const Observer observer{
      .context = &warnings,
      .warned = remember,
      .executing = [](void*, uint32_t) {},
      .wait = [](void*, uint32_t, uint32_t) { return ENOTSUP; },
      .descriptor = nullptr,
  };
  const auto failure = run_plan(plan, observer, end_times_ms);

  Napi::Object result = Napi::Object::New(env);
  result.Set("state", Napi::String::New(env, failure ? "failed" : "done"));
  if (failure) result.Set("failure", to_object(env, *failure));
  Napi::Array list = Napi::Array::New(env, warnings.size());
  for (uint32_t i = 0; i < warnings.size(); i++) list.Set(i, to_object(env, warnings[i]));
  result.Set("warnings", list);
  return result;
}

auto run_plan_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "runPlan", 1);
  std::vector<uint64_t> storage;
  const auto plan = arguments.plan(0, storage);
  return plan ? run(info.Env(), *plan, nullptr) : Napi::Value();
}

auto run_timed_plan_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "runTimedPlan", 2);
  std::vector<uint64_t> storage;
  const auto plan = arguments.plan(0, storage);
  const std::span<double> end_times_ms = arguments.doubles(1, plan ? plan->operation_count() : 0);
  return arguments.failed() ? Napi::Value() : run(info.Env(), *plan, end_times_ms.data());
}

auto spawn_export(const Napi::CallbackInfo& info) -> Napi::Value {
  const Napi::Env env = info.Env();
  Arguments arguments(info, "spawn", 2);
  std::vector<uint64_t> storage;
  const auto plan = arguments.plan(0, storage);
  const SpawnPlace place{
      .namespaces = static_cast<uint64_t>(arguments.option(1, "namespaces", 0, UINT32_MAX)),
      .cgroup_fd = static_cast<int>(arguments.option(1, "cgroupFd", -1, INT32_MAX)),
      .pid_namespace_fd = static_cast<int>(arguments.option(1, "pidNamespaceFd", -1, INT32_MAX, -1)),
  };
  if ((place.namespaces & ~namespace_flags_mask) != 0) {
    arguments.fail_range("\"namespaces\" must hold CLONE_NEW* flags only");
  }
  if (arguments.failed()) return {};

  auto child = spawn_child(*plan, place);
  if (!child) return throw_system_error(env, child.error());
  Napi::Object result = Napi::Object::New(env);
  result.Set("pid", Napi::Number::New(env, child->pid));
  result.Set("pidfd", Napi::Number::New(env, child->pidfd.release()));
  result.Set("handshakeFd", Napi::Number::New(env, child->handshake.release()));
  return result;
}

auto continue_child_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "continueChild", 1);
  const int handshake_fd = arguments.fd(0);
  if (arguments.failed()) return {};
  return finish(info.Env(), continue_child(handshake_fd));
}

auto reap_child_export(const Napi::CallbackInfo& info) -> Napi::Value {
  const Napi::Env env = info.Env();
  if (Arguments(info, "reapChild", 0).failed()) return {};
  const auto reaped = reap_child();
  if (!reaped) return throw_system_error(env, reaped.error());
  if (!*reaped) return env.Null();

  const ReapedChild& child = **reaped;
  Napi::Object result = Napi::Object::New(env);
  result.Set("state", Napi::String::New(env, child.signaled ? "signaled" : "exited"));
  result.Set("pid", Napi::Number::New(env, child.pid));
  result.Set(child.signaled ? "signal" : "code", Napi::Number::New(env, child.status));
  if (child.signaled) result.Set("coreDumped", Napi::Boolean::New(env, child.core_dumped));
  return result;
}

auto signal_pidfd_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "signalPidfd", 2);
  const int pidfd = arguments.fd(0);
  const auto signal = static_cast<int>(arguments.integer(1, 0, 64));
  if (arguments.failed()) return {};
  return finish(info.Env(), signal_pidfd(pidfd, signal));
}

}  // namespace

void add_process_exports(Napi::Env env, Napi::Object exports) {
  exports.Set("runPlan", Napi::Function::New(env, run_plan_export, "runPlan"));
  exports.Set("runTimedPlan", Napi::Function::New(env, run_timed_plan_export, "runTimedPlan"));
  exports.Set("spawn", Napi::Function::New(env, spawn_export, "spawn"));
  exports.Set("continueChild", Napi::Function::New(env, continue_child_export, "continueChild"));
  exports.Set("reapChild", Napi::Function::New(env, reap_child_export, "reapChild"));
  exports.Set("signalPidfd", Napi::Function::New(env, signal_pidfd_export, "signalPidfd"));
}

}  // namespace firstborn
