#include "results.h"

#include <string.h>

#include <string>

namespace firstborn {

auto throw_system_error(Napi::Env env, const SystemError& error) -> Napi::Value {
  const char* name = strerrorname_np(error.error);
  const std::string code = name != nullptr ? name : "errno " + std::to_string(error.error);
  Napi::Error thrown = Napi::Error::New(env, "Cannot call " + std::string(error.syscall) + ": " + code);
  thrown.Set("code", Napi::String::New(env, code));
  thrown.Set("errno", Napi::Number::New(env, error.error));
  thrown.Set("syscall", Napi::String::New(env, error.syscall));
  thrown.ThrowAsJavaScriptException();
  return {};
}

auto finish(Napi::Env env, const Result<void>& result) -> Napi::Value {
  return result ? env.Undefined() : throw_system_error(env, result.error());
}

auto to_object(Napi::Env env, const OperationFailure& failure) -> Napi::Object {
  Napi::Object object = Napi::Object::New(env);
  object.Set("operation", Napi::Number::New(env, failure.operation));
  object.Set("errno", Napi::Number::New(env, failure.error));
  return object;
}

}  // namespace firstborn
