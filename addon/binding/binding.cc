// The addon's entry. native.ts documents what it exports.

#include "../raw_syscall.h"
#include "exports.h"

namespace firstborn {

namespace {

// Reaping, signal handlers and spawned copies belong to the process, so they belong to its main thread.
auto is_main_thread() -> bool { return raw_syscall(SYS_gettid) == raw_syscall(SYS_getpid); }

auto initialize(Napi::Env env, Napi::Object exports) -> Napi::Object {
  if (!is_main_thread()) {
    Napi::Error::New(env, "Cannot load the addon in a worker thread").ThrowAsJavaScriptException();
    return exports;
  }
  add_process_exports(env, exports);
  add_descriptor_exports(env, exports);
  add_terminal_exports(env, exports);
  add_watch_exports(env, exports);
  add_device_mapper_exports(env, exports);
  add_machine_exports(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(firstborn, initialize)

}  // namespace firstborn
