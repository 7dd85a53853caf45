// createMappedDevice, removeMappedDevice, mappedDeviceStatus.

#include "../device_mapper.h"

#include <limits.h>

#include "exports.h"
#include "options.h"
#include "results.h"

namespace firstborn {

namespace {

constexpr int64_t max_safe_integer = (int64_t{1} << 53) - 1;

// The kernel makes a file name of it.
void check_name(Arguments& arguments, const std::string& name) {
  if (name.find('/') != std::string::npos) arguments.fail_range("the name must not hold a slash");
}

auto device_name(Arguments& arguments, size_t index) -> std::string {
  std::string name = arguments.string(index);
  if (!arguments.failed() && (name.empty() || name.size() > max_device_name_bytes)) {
    arguments.fail_range("the name must have 1 to " + std::to_string(max_device_name_bytes) + " bytes");
  }
  check_name(arguments, name);
  return name;
}

auto create_mapped_device_export(const Napi::CallbackInfo& info) -> Napi::Value {
  const Napi::Env env = info.Env();
  Arguments arguments(info, "createMappedDevice", 1);
  Options options(arguments, 0);
  Options target = options.object("target");
  const MappedDeviceRequest request{
      .control_path = options.string("controlPath", 1, PATH_MAX - 1),
      .name = options.string("name", 1, max_device_name_bytes),
      .uuid = options.string("uuid", 0, max_device_uuid_bytes),
      .readonly = options.boolean("readonly"),
      .target_type = target.string("type", 1, max_target_type_bytes),
      .length_sectors = static_cast<uint64_t>(target.integer("lengthSectors", 1, max_safe_integer)),
      .target_params = target.string("params", 0, max_target_params_bytes),
  };
  check_name(arguments, request.name);
  if (arguments.failed()) return {};
  const auto device = create_mapped_device(request);
  if (!device) return throw_system_error(env, device.error());
  Napi::Object result = Napi::Object::New(env);
  result.Set("major", Napi::Number::New(env, device->major));
  result.Set("minor", Napi::Number::New(env, device->minor));
  return result;
}

auto remove_mapped_device_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "removeMappedDevice", 2);
  const std::string control_path = arguments.string(0);
  const std::string name = device_name(arguments, 1);
  if (arguments.failed()) return {};
  return finish(info.Env(), remove_mapped_device(control_path, name));
}

auto mapped_device_status_export(const Napi::CallbackInfo& info) -> Napi::Value {
  Arguments arguments(info, "mappedDeviceStatus", 2);
  const std::string control_path = arguments.string(0);
  const std::string name = device_name(arguments, 1);
  if (arguments.failed()) return {};
  const auto status = mapped_device_status(control_path, name);
  if (!status) return throw_system_error(info.Env(), status.error());
  return Napi::String::New(info.Env(), *status);
}

}  // namespace

void add_device_mapper_exports(Napi::Env env, Napi::Object exports) {
  exports.Set("createMappedDevice",
              Napi::Function::New(env, create_mapped_device_export, "createMappedDevice"));
  exports.Set("removeMappedDevice",
              Napi::Function::New(env, remove_mapped_device_export, "removeMappedDevice"));
  exports.Set("mappedDeviceStatus",
              Napi::Function::New(env, mapped_device_status_export, "mappedDeviceStatus"));
}

}  // namespace firstborn
