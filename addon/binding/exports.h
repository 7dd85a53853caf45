// Every export of the addon; native.ts says what each promises.
#pragma once

#include "napi_settings.h"

namespace firstborn {

void add_process_exports(Napi::Env env, Napi::Object exports);
void add_descriptor_exports(Napi::Env env, Napi::Object exports);
void add_terminal_exports(Napi::Env env, Napi::Object exports);
void add_watch_exports(Napi::Env env, Napi::Object exports);
void add_device_mapper_exports(Napi::Env env, Napi::Object exports);
void add_machine_exports(Napi::Env env, Napi::Object exports);

}  // namespace firstborn
