// From results of the native side to JavaScript's values and exceptions.
#pragma once

#include "../interpreter.h"
#include "../system_error.h"
#include "napi_settings.h"

namespace firstborn {

// Throws what Node throws for a failed system call: an Error with code, errno and syscall. Returns nothing, so
// that an export can end with it.
auto throw_system_error(Napi::Env env, const SystemError& error) -> Napi::Value;

// undefined, or an exception.
auto finish(Napi::Env env, const Result<void>& result) -> Napi::Value;

// An OperationFailure of native.ts.
auto to_object(Napi::Env env, const OperationFailure& failure) -> Napi::Object;

}  // namespace firstborn
